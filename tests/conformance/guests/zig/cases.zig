//! The managers of cases that no scenario can tell; each language has them by the same names.

const std = @import("std");
const ambit = @import("ambit");
const Raised = ambit.Raised;

pub const Passing = struct {
    pub const doc = "Does nothing.";
    pub const Arguments = struct {};

    pub fn enter(_: *Passing, _: Arguments) !void {}

    pub fn exit(_: *Passing, failure: ?*Raised) !?*Raised {
        return failure;
    }
};

pub const Wrapping = struct {
    pub const doc = "Raises a new error from the body's.";
    pub const Arguments = struct {};

    pub fn enter(_: *Wrapping, _: Arguments) !void {}

    pub fn exit(_: *Wrapping, failure: ?*Raised) !?*Raised {
        return Raised.init(&.{"zig:cases.Wrapped"}, "wrapped", .{}).from(failure orelse return null);
    }
};

pub const Cutting = struct {
    pub const doc = "Raises a new error, of which nothing is the context.";
    pub const Arguments = struct {};

    pub fn enter(_: *Cutting, _: Arguments) !void {}

    pub fn exit(_: *Cutting, failure: ?*Raised) !?*Raised {
        if (failure == null) return null;
        return Raised.init(&.{"new"}, "new", .{}).within(null);
    }
};

pub const Documented = struct {
    pub const doc = "Has a first line.\n\nAnd a second paragraph.";
    pub const docs = .{ .keep = "Whether to keep it.", .path = "Where it is." };
    pub const Arguments = struct { keep: bool, path: []const u8 = "here" };

    pub fn enter(_: *Documented, arguments: Arguments) ![]const u8 {
        return arguments.path;
    }

    pub fn exit(_: *Documented, failure: ?*Raised) !?*Raised {
        return failure;
    }
};

pub const Keywords = struct {
    pub const doc = "Has parameters of names that somebody may have wanted for himself.";
    pub const Arguments = struct {
        self: []const u8,
        func: []const u8,
        args: []const u8,
        kwds: []const u8,
        inputs: []const u8,
        manager: []const u8,
        failure: []const u8,
    };
    const names = std.meta.fieldNames(Arguments);

    pub fn enter(_: *Keywords, arguments: Arguments) ![names.len][]const u8 {
        var given: [names.len][]const u8 = undefined;
        inline for (names, &given) |name, *value| value.* = @field(arguments, name);
        return given;
    }

    pub fn exit(_: *Keywords, failure: ?*Raised) !?*Raised {
        return failure;
    }
};

pub const Recursive = struct {
    pub const doc = "Gives how many are entered in this instance.";
    pub const Arguments = struct {};
    var depth: u32 = 0;

    pub fn enter(_: *Recursive, _: Arguments) !u32 {
        depth += 1;
        return depth;
    }

    pub fn exit(_: *Recursive, failure: ?*Raised) !?*Raised {
        depth -= 1;
        return failure;
    }
};

pub const Lock = struct {
    pub const doc = "As many hold it at a time as there are permits.";
    pub const Arguments = struct { permits: u32 = 1 };
    var held: u32 = 0;

    pub fn enter(_: *Lock, arguments: Arguments) !void {
        if (held >= arguments.permits) return ambit.raise("locked", "nothing is free", .{});
        held += 1;
    }

    pub fn exit(_: *Lock, failure: ?*Raised) !?*Raised {
        held -= 1;
        return failure;
    }
};

pub const Chdir = struct {
    before: []const u8,

    pub const doc = "Goes there, gives where it was, and goes back.";
    pub const Arguments = struct { path: []const u8 };
    /// That of a scope's argument, which lives as long as the scope.
    var current: []const u8 = "/";

    pub fn enter(chdir: *Chdir, arguments: Arguments) ![]const u8 {
        chdir.before = current;
        current = arguments.path;
        return chdir.before;
    }

    pub fn exit(chdir: *Chdir, failure: ?*Raised) !?*Raised {
        current = chdir.before;
        return failure;
    }
};

pub const Suppress = struct {
    kinds: []const [:0]const u8,

    pub const doc = "Suppresses errors of these kinds.";
    pub const Arguments = struct { kinds: []const [:0]const u8 = &.{} };

    pub fn enter(suppress: *Suppress, arguments: Arguments) !void {
        suppress.kinds = arguments.kinds;
    }

    pub fn exit(suppress: *Suppress, failure: ?*Raised) !?*Raised {
        return suppress.rest(failure orelse return null);
    }

    /// What is left of an error without what is of these kinds: the same, where that is all. A group is split.
    fn rest(suppress: *Suppress, raised: *Raised) !?*Raised {
        for (suppress.kinds) |kind| if (raised.is(kind)) return null;
        const members = raised.members();
        var left: std.ArrayList(*Raised) = try .initCapacity(ambit.allocator, members.len);
        defer left.deinit(ambit.allocator);
        var whole = true;
        for (members) |member| {
            const kept = try suppress.rest(member);
            whole = whole and kept != null and kept.?.same(member);
            if (kept) |some| left.appendAssumeCapacity(some);
        }
        if (whole) return raised;
        if (left.items.len == 0) return null;
        return .group(raised.kinds()[0], left.items, "{s}", .{raised.message()});
    }
};

pub const Missing = struct {
    pub const doc = "Raises an error of several kinds, when it is entered.";
    pub const Arguments = struct {};

    pub fn enter(_: *Missing, _: Arguments) !void {
        return Raised.init(&.{ "zig:cases.Missing", "zig:FileNotFound", "not-found" }, "it is not there", .{}).again();
    }

    pub fn exit(_: *Missing, failure: ?*Raised) !?*Raised {
        return failure;
    }
};
