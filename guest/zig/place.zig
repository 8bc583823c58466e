//! Where a path leads: WASI knows names in directories that were granted, and no root.

const std = @import("std");
const Raised = @import("raised.zig").Raised;

/// A name in a directory that was granted.
pub const Place = struct {
    dir: std.Io.Dir,
    name: []const u8,
};

/// Where a path leads, of which `name` is the end. Raises `not-granted` if no directory was granted that it is in.
pub fn find(path: []const u8) !Place {
    const granted = try preopens();
    var found: ?Place = null;
    for (granted.map.keys()[3..], 3..) |folder, handle| {
        const name = within(folder, path) orelse continue;
        // The innermost one is the one that was meant.
        if (found == null or name.len < found.?.name.len) found = .{ .dir = .{ .handle = @intCast(handle) }, .name = name };
    }
    return found orelse notGranted(path);
}

fn notGranted(path: []const u8) error{ Raised, OutOfMemory } {
    const allocator = std.heap.c_allocator;
    const kind = try std.fmt.allocPrintSentinel(allocator, "not-granted:dir:{s}", .{std.fs.path.dirname(path) orelse "."}, 0);
    defer allocator.free(kind);
    return Raised.init(&.{ kind, "not-granted" }, "`{s}` is in no directory that was granted", .{path}).again();
}

/// The rest of a path behind a folder that it is in.
fn within(folder: []const u8, path: []const u8) ?[]const u8 {
    if (std.mem.eql(u8, folder, ".")) {
        if (path.len > 0 and path[0] == '/') return null;
        return if (std.mem.startsWith(u8, path, "./")) path[2..] else path;
    }
    const bare = std.mem.trimEnd(u8, folder, "/");
    if (!std.mem.startsWith(u8, path, bare)) return null;
    const rest = path[bare.len..];
    if (rest.len == 0) return ".";
    return if (rest[0] == '/') std.mem.trimStart(u8, rest, "/") else null;
}

var known: ?std.process.Preopens = null;

fn preopens() !std.process.Preopens {
    if (known == null) known = try .init(std.heap.c_allocator);
    return known.?;
}

test within {
    const expect = std.testing.expectEqualDeep;
    try expect("a/b", within(".", "a/b"));
    try expect("a", within(".", "./a"));
    try expect(null, within(".", "/a"));
    try expect("b", within("/a", "/a/b"));
    try expect("b", within("/a/", "/a//b"));
    try expect(".", within("/a", "/a"));
    try expect(null, within("/a", "/ab"));
    try expect("a", within("/", "/a"));
}
