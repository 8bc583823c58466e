//! A plugin with one manager, `draft`.

const std = @import("std");
const ambit = @import("ambit");

const Draft = struct {
    path: []const u8,
    draft: []const u8,

    pub const doc =
        \\A file that is written whole or not at all.
        \\
        \\The value is the path of a draft beside it. If the body succeeds, the draft becomes the file; if it fails, the draft is removed, and the file stays as it was.
    ;
    pub const docs = .{ .path = "The file." };
    pub const Arguments = struct { path: []const u8 };

    pub fn enter(self: *Draft, arguments: Arguments) ![]const u8 {
        var random: u64 = undefined;
        try ambit.io.randomSecure(std.mem.asBytes(&random));
        const draft = try std.fmt.allocPrint(ambit.allocator, "{s}.{x:0>16}", .{ arguments.path, random });
        errdefer ambit.allocator.free(draft);
        const place = try ambit.find(draft); //   ahead of the checkpoint: where nothing is granted, nothing is to be released
        try ambit.checkpoint("{s}", .{draft}); // what is released though `ambit` is killed
        const file = place.dir.createFile(ambit.io, place.name, .{ .exclusive = true }) catch |failed|
            return ambit.explain(failed, "`{s}` cannot be made", .{draft});
        file.close(ambit.io);
        self.* = .{ .path = arguments.path, .draft = draft };
        return draft;
    }

    pub fn exit(self: *Draft, failure: ?*ambit.Raised) !?*ambit.Raised {
        defer ambit.allocator.free(self.draft);
        if (failure != null) {
            try recover(self.draft);
            return failure; // the body's error goes on
        }
        const from = try ambit.find(self.draft);
        const to = try ambit.find(self.path);
        from.dir.rename(from.name, to.dir, to.name, ambit.io) catch |failed|
            return ambit.explain(failed, "`{s}` cannot be written", .{self.path});
        return null;
    }

    /// Removes a draft. It may run twice, or though there never was one.
    pub fn recover(draft: []const u8) !void {
        const place = try ambit.find(draft);
        place.dir.deleteFile(ambit.io, place.name) catch |failed| {
            if (failed != error.FileNotFound) return ambit.explain(failed, "`{s}` cannot be removed", .{draft});
        };
    }
};

comptime {
    ambit.plugin(.{ .draft = Draft });
}
