//! A directory for as long as the body runs, removed afterwards, even if the host is killed.

const ambit = @import("ambit");

const Scratch = struct {
    path: []const u8,
    keep_on_error: bool,

    pub const doc = "A directory for as long as the body runs.";
    pub const docs = .{ .path = "The directory; nothing may be there.", .keep_on_error = "Leaves it, if the body fails." };
    pub const Arguments = struct { path: []const u8 = "scratch", keep_on_error: bool = false };

    pub fn enter(scratch: *Scratch, arguments: Arguments) ![]const u8 {
        scratch.* = .{ .path = arguments.path, .keep_on_error = arguments.keep_on_error };
        const place = try ambit.find(scratch.path);
        if (place.dir.statFile(ambit.io, place.name, .{})) |_| {
            return ambit.explain(error.PathAlreadyExists, "`{s}` is not ours", .{scratch.path});
        } else |_| {}
        try ambit.checkpoint("{s}", .{scratch.path}); // ahead of what it tells of
        place.dir.createDir(ambit.io, place.name, .default_dir) catch |failed|
            return ambit.explain(failed, "`{s}` cannot be made", .{scratch.path});
        return scratch.path; // what `as` binds
    }

    pub fn exit(scratch: *Scratch, failure: ?*ambit.Raised) !?*ambit.Raised {
        if (failure == null or !scratch.keep_on_error) try recover(scratch.path);
        return failure; // the same error goes on; null would suppress it
    }

    /// It may run twice, or though the directory was never made.
    pub fn recover(path: []const u8) !void {
        const place = try ambit.find(path);
        place.dir.deleteTree(ambit.io, place.name) catch |failed|
            return ambit.explain(failed, "`{s}` cannot be removed", .{path});
    }
};

comptime {
    ambit.plugin(.{ .scratch = Scratch });
}
