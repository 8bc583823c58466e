//! An error in flight: `Raised`. The host owns it, and knows it by identity.

const std = @import("std");
const c = @import("c.zig");

/// What `error.Raised` stands for: an error set has names, and no more.
var pending: ?*Raised = null;

pub const Raised = opaque {
    /// A new error of several kinds, the most specific first. One is of a language, as `zig:pool.Exhausted`, or portable, as `not-found`.
    pub fn init(path: []const [*:0]const u8, comptime format: []const u8, values: anytype) *Raised {
        var kinds_: [8:null]?[*:0]const u8 = @splat(null);
        for (path[0..@min(path.len, kinds_.len)], 0..) |kind, at| kinds_[at] = kind;
        const text = std.fmt.allocPrintSentinel(std.heap.c_allocator, format, values, 0) catch @panic("out of memory");
        defer std.heap.c_allocator.free(text);
        return c.ambit_raise_kinds(&kinds_, text);
    }

    /// A new error that stands for several.
    pub fn group(kind: [*:0]const u8, of_: []const *Raised, comptime format: []const u8, values: anytype) *Raised {
        const text = std.fmt.allocPrintSentinel(std.heap.c_allocator, format, values, 0) catch @panic("out of memory");
        defer std.heap.c_allocator.free(text);
        return c.ambit_raise_group(kind, text, of_.ptr, of_.len);
    }

    /// Raises a new error: `return ambit.raise("zig:pool.Exhausted", "none was free for {d} s", .{5});`.
    pub fn raise(kind: [*:0]const u8, comptime format: []const u8, values: anytype) error{Raised} {
        return init(&.{kind}, format, values).again();
    }

    /// Raises what failed, with what that was about: `return ambit.explain(failed, "`{s}` cannot be made", .{path});`. What was
    /// raised as more than a name goes on as it is.
    pub fn explain(failed: anyerror, comptime format: []const u8, values: anytype) error{Raised} {
        if (failed == error.Raised) return error.Raised;
        return named(failed, format ++ ": {t}", values ++ .{failed}).again();
    }

    /// Raises this one: where no `*Raised` can be answered.
    pub fn again(raised: *Raised) error{Raised} {
        pending = raised;
        return error.Raised;
    }

    /// What a Zig error is for the host: one of the kinds `zig:FileNotFound` and `not-found`, if it stands for nothing else.
    pub fn of(failed: anyerror) *Raised {
        if (failed != error.Raised) return named(failed, "{t}", .{failed});
        defer pending = null;
        return pending orelse named(failed, "{t}", .{failed});
    }

    fn named(failed: anyerror, comptime format: []const u8, values: anytype) *Raised {
        var kind: [128]u8 = undefined;
        const own = std.fmt.bufPrintSentinel(&kind, "zig:{t}", .{failed}, 0) catch "zig:error";
        const general = portable(failed) orelse return init(&.{own}, format, values);
        return init(&.{ own, general }, format, values);
    }

    /// The portable kind of an error of Zig's library.
    fn portable(failed: anyerror) ?[*:0]const u8 {
        return switch (failed) {
            error.FileNotFound => "not-found",
            error.PathAlreadyExists => "already-exists",
            error.AccessDenied, error.PermissionDenied, error.ReadOnlyFileSystem => "permission-denied",
            error.OutOfMemory, error.SystemResources => "out-of-memory",
            error.Timeout => "timed-out",
            error.Canceled => "interrupted",
            error.BadPathName, error.NameTooLong => "invalid-argument",
            error.OperationUnsupported, error.Unsupported => "unsupported",
            else => null,
        };
    }

    /// The fault of a manager that broke the contract: `did-not-yield` or `did-not-stop`. For what runs the managers of others.
    pub fn broken(rule: [*:0]const u8) *Raised {
        return c.ambit_raise_broken(rule);
    }

    /// Sets what it was raised from, and answers it; null: from nothing.
    pub fn from(raised: *Raised, cause_: ?*Raised) *Raised {
        return c.ambit_from(raised, cause_);
    }

    /// Sets what was in flight when it was raised, and answers it. What the host hangs there by itself needs none.
    pub fn within(raised: *Raised, context_: ?*Raised) *Raised {
        return c.ambit_within(raised, context_);
    }

    /// Adds a line for whoever reads it.
    pub fn note(raised: *Raised, comptime format: []const u8, values: anytype) void {
        const text = std.fmt.allocPrintSentinel(std.heap.c_allocator, format, values, 0) catch return;
        defer std.heap.c_allocator.free(text);
        c.ambit_add_note(raised, "%s", text.ptr);
    }

    pub const Family = enum(c_int) { @"error", cancelled, fault };

    pub fn family(raised: *Raised) Family {
        return @fromBackingInt(@intCast(c.ambit_family_of(raised)));
    }

    pub fn message(raised: *Raised) [:0]const u8 {
        return std.mem.span(c.ambit_message(raised));
    }

    pub fn kinds(raised: *Raised) []const [*:0]const u8 {
        return @ptrCast(std.mem.span(c.ambit_kinds(raised)));
    }

    pub fn notes(raised: *Raised) []const [*:0]const u8 {
        return @ptrCast(std.mem.span(c.ambit_notes(raised)));
    }

    /// Whether a kind is among its kinds, wherever it stands.
    pub fn is(raised: *Raised, kind: [*:0]const u8) bool {
        return c.ambit_is(raised, kind);
    }

    /// Whether both are one error. Never compare the pointers: one error has many.
    pub fn same(raised: *Raised, other: *Raised) bool {
        return c.ambit_same(raised, other);
    }

    pub fn cause(raised: *Raised) ?*Raised {
        return c.ambit_cause(raised);
    }

    pub fn context(raised: *Raised) ?*Raised {
        return c.ambit_context(raised);
    }

    pub fn hidesContext(raised: *Raised) bool {
        return c.ambit_hides_context(raised);
    }

    /// None, unless it is a group.
    pub fn members(raised: *Raised) []const *Raised {
        return @ptrCast(std.mem.span(c.ambit_members(raised)));
    }
};
