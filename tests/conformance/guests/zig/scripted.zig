//! Plays the managers of recorded scenarios; ../../FORMAT.md describes their scripts.
//!
//! What it logs it writes on stdout, a line each, as it happens: so the order of what guest and host log is kept.

const std = @import("std");
const ambit = @import("ambit");

const Thrown = struct {
    kind: [:0]const u8,
    message: []const u8,

    fn raised(thrown: Thrown) *ambit.Raised {
        return .init(&.{thrown.kind}, "{s}", .{thrown.message});
    }
};

const Action = union(enum) { log: []const u8, raise: Thrown };

const Handler = struct {
    @"catch": []const u8,
    actions: []const Action,
    then: Then,
};

const Then = union(enum) {
    suppress,
    reraise,
    raise: struct { raise: Thrown, from: enum { caught, none, implicit } },

    /// Two words, or an object.
    pub fn jsonParse(arena: std.mem.Allocator, source: *std.json.Scanner, options: std.json.ParseOptions) !Then {
        if (try source.peekNextTokenType() == .object_begin) return .{ .raise = try std.json.innerParse(@FieldType(Then, "raise"), arena, source, options) };
        return switch (try std.json.innerParse(enum { suppress, reraise }, arena, source, options)) {
            .suppress => .suppress,
            .reraise => .reraise,
        };
    }
};

const Script = struct {
    before: []const Action,
    yields: u32,
    value: []const u8,
    handlers: []const Handler,
    @"else": []const Action,
    finally: []const Action,
};

pub const Scripted = struct {
    name: []const u8,
    script: Script,

    pub const doc = "Behaves as its script says.";
    pub const docs = .{ .name = "What its log lines begin with." };
    pub const Arguments = struct { name: []const u8, script: Script };

    pub fn enter(scripted: *Scripted, arguments: Arguments) ![]const u8 {
        scripted.* = .{ .name = arguments.name, .script = arguments.script };
        if (try scripted.act(scripted.script.before)) |raised| return raised.again();
        if (scripted.script.yields == 0) return ambit.Raised.broken("did-not-yield").again();
        return scripted.script.value;
    }

    pub fn exit(scripted: *Scripted, failure: ?*ambit.Raised) !?*ambit.Raised {
        const passing = if (failure) |caught| try scripted.handle(caught) else try scripted.act(scripted.script.@"else");
        // An error that is raised in a `finally` has the one that passes through as context.
        if (try scripted.act(scripted.script.finally)) |raised| return if (passing) |within| raised.within(within) else raised;
        // The scope is used up: what follows is not what the script says.
        if (passing == null and scripted.script.yields > 1) try say("\x00cannot yield again\n", .{});
        return passing;
    }

    /// The except clauses. The context of a new error is the host's to set.
    fn handle(scripted: *Scripted, caught: *ambit.Raised) !?*ambit.Raised {
        const kind, const message = named(caught);
        for (scripted.script.handlers) |handler| {
            if (!std.mem.eql(u8, handler.@"catch", "*") and !std.mem.eql(u8, handler.@"catch", kind)) continue;
            try say("{s}: caught {s}({s})\n", .{ scripted.name, kind, message });
            if (try scripted.act(handler.actions)) |raised| return raised;
            switch (handler.then) {
                .suppress => return null,
                .reraise => return caught,
                .raise => |then| return switch (then.from) {
                    .caught => then.raise.raised().from(caught),
                    .none => then.raise.raised().from(null),
                    .implicit => then.raise.raised(),
                },
            }
        }
        return caught;
    }

    fn act(scripted: *Scripted, actions: []const Action) !?*ambit.Raised {
        for (actions) |action| switch (action) {
            .log => |line| try say("{s}: {s}\n", .{ scripted.name, line }),
            .raise => |thrown| return thrown.raised(),
        };
        return null;
    }
};

/// What scenarios call an error: a broken contract is of the kind `Protocol`, in words of no language.
fn named(raised: *ambit.Raised) struct { []const u8, []const u8 } {
    if (raised.is("did-not-yield")) return .{ "Protocol", "did not yield" };
    if (raised.is("did-not-stop")) return .{ "Protocol", "did not stop" };
    return .{ std.mem.span(raised.kinds()[0]), raised.message() };
}

fn say(comptime format: []const u8, values: anytype) !void {
    const line = try std.fmt.allocPrint(ambit.allocator, format, values);
    defer ambit.allocator.free(line);
    try std.Io.File.stdout().writeStreamingAll(ambit.io, line);
}
