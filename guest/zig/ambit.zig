//! Context managers in Zig, for any host of Ambit. A manager is a struct: what `enter` sets up, and `exit` ends. README.md has an example.
//!
//! It stands on the library in C, guest/c, whose header says when memory is given back: an error lives until the call of enter,
//! exit or recover ends that got it; arguments live as long as their scope.

const std = @import("std");
const c = @import("c.zig");
const place = @import("place.zig");

pub const Raised = @import("raised.zig").Raised;
pub const raise = Raised.raise;
pub const explain = Raised.explain;
pub const find = place.find;
pub const Place = place.Place;

/// Files, clocks and randomness, in a guest's one thread.
pub const io = std.Io.Threaded.global_single_threaded.io();

/// Memory for as long as a scope needs it, and longer.
pub const allocator = std.heap.c_allocator;

/// The managers of the plugin, each by its name: `comptime { ambit.plugin(.{ .scratch = Scratch }); }`, once.
pub fn plugin(comptime managers: anytype) void {
    const fields = std.meta.fieldNames(@TypeOf(managers));
    comptime var all: [fields.len:null]?*const c.Manager = undefined;
    inline for (fields, 0..) |name, at| all[at] = &Driven(@field(managers, name)).manager(name);
    const exported = all;
    @export(&exported, .{ .name = "ambit_plugin" });
}

/// Leaves a checkpoint: the text from which `recover` can release what the scope holds. Do so ahead of what it tells of. Where that
/// fails it was not kept: acquire nothing.
pub fn checkpoint(comptime format: []const u8, values: anytype) !void {
    const text = try std.fmt.allocPrintSentinel(allocator, format, values, 0);
    defer allocator.free(text);
    if (c.ambit_checkpoint("%s", text.ptr)) |failed| return failed.again();
}

/// A manager as the library in C drives it.
fn Driven(comptime M: type) type {
    return struct {
        const Arguments = M.Arguments;

        const State = struct {
            arena: std.heap.ArenaAllocator,
            own: M,
        };

        fn state(scope: *c.Scope) *State {
            return @ptrCast(@alignCast(c.ambit_state(scope)));
        }

        fn manager(comptime name: [:0]const u8) c.Manager {
            return .{
                .name = name,
                .doc = if (@hasDecl(M, "doc")) M.doc else "",
                .parameters = &parameters,
                .state = @sizeOf(State),
                .enter = enter,
                .exit = exit,
                .recover = if (@hasDecl(M, "recover")) recover else null,
            };
        }

        fn enter(scope: *c.Scope) callconv(.c) ?*Raised {
            const held = state(scope);
            held.arena = .init(allocator);
            entered(scope, held) catch |failed| {
                held.arena.deinit();
                return Raised.of(failed);
            };
            return null;
        }

        fn entered(scope: *c.Scope, held: *State) !void {
            var arguments: Arguments = undefined;
            inline for (comptime std.meta.fieldNames(Arguments)) |name|
                @field(arguments, name) = try argument(@FieldType(Arguments, name), scope, name, held.arena.allocator());
            const value = try held.own.enter(arguments);
            if (@TypeOf(value) == void) return;
            const json = write(held.arena.allocator(), value) catch |failed| {
                // What was entered is to be left, since the scope will not be.
                const raised = Raised.of(failed);
                _ = held.own.exit(raised) catch {};
                return raised.again();
            };
            c.ambit_give_text(scope, json.ptr, json.len);
        }

        fn exit(scope: *c.Scope, failure: ?*Raised) callconv(.c) ?*Raised {
            const held = state(scope);
            defer held.arena.deinit();
            return held.own.exit(failure) catch |failed| Raised.of(failed);
        }

        fn recover(left: [*:0]const u8) callconv(.c) ?*Raised {
            M.recover(std.mem.span(left)) catch |failed| return Raised.of(failed);
            return null;
        }

        const parameters = listed: {
            const names = std.meta.fieldNames(Arguments);
            var all: [names.len + 1]c.Parameter = undefined;
            for (names, 0..) |name, at| all[at] = .{
                .name = name,
                .type = .of(@FieldType(Arguments, name)),
                .doc = if (@hasDecl(M, "docs") and @hasField(@TypeOf(M.docs), name)) @field(M.docs, name) else null,
                .initial = initial(name),
            };
            all[names.len] = .{ .name = null, .type = .any, .doc = null, .initial = null };
            break :listed all;
        };

        /// The default of a field, as JSON.
        fn initial(comptime name: []const u8) ?[*:0]const u8 {
            @setEvalBranchQuota(100_000);
            const at = std.meta.fieldIndex(Arguments, name).?;
            const default = @typeInfo(Arguments).@"struct".field_attrs[at].defaultValue(@FieldType(Arguments, name)) orelse return null;
            return std.fmt.comptimePrint("{f}", .{std.json.fmt(default, .{})});
        }
    };
}

/// A value as JSON. `std.json` writes a text for a number that JSON has not, which would be another value without a word.
fn write(arena: std.mem.Allocator, value: anytype) ![]const u8 {
    if (!isFinite(value)) return raise("zig:NotFinite", "the value is not JSON: a number in it is not finite", .{});
    return std.json.Stringify.valueAlloc(arena, value, .{});
}

fn isFinite(value: anytype) bool {
    const T = @TypeOf(value);
    switch (@typeInfo(T)) {
        .float => return std.math.isFinite(value),
        .optional => return if (value) |inner| isFinite(inner) else true,
        .pointer => |pointer| switch (pointer.size) {
            .one => return isFinite(value.*),
            .slice => for (value) |each| if (!isFinite(each)) return false,
            else => {},
        },
        .vector => |vector| inline for (0..vector.len) |at| if (!isFinite(value[at])) return false,
        .array => for (value) |each| if (!isFinite(each)) return false,
        // What says itself how it is written may have fields of any kind.
        .@"struct" => if (!std.meta.hasFn(T, "jsonStringify"))
            inline for (comptime std.meta.fieldNames(T)) |name| if (!isFinite(@field(value, name))) return false,
        .@"union" => if (!std.meta.hasFn(T, "jsonStringify")) switch (value) {
            inline else => |inner| return isFinite(inner),
        },
        else => {},
    }
    return true;
}

/// An argument as Zig has it. The library in C has seen to it that it is there, and of the type that JSON knows.
fn argument(comptime T: type, scope: *c.Scope, comptime name: [:0]const u8, arena: std.mem.Allocator) !T {
    const json = std.mem.span(c.ambit_text(scope, name));
    return std.json.parseFromSliceLeaky(T, arena, json, .{ .allocate = .alloc_always }) catch |failed| {
        if (failed == error.OutOfMemory) return error.OutOfMemory;
        return Raised.init(&.{ "invalid-argument:" ++ name, "invalid-argument" }, "the argument `" ++ name ++ "` does not fit: {t}", .{failed}).again();
    };
}
