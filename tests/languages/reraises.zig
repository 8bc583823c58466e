//! A manager that does nothing, and lets the body's error go on.

const ambit = @import("ambit");

const Reraises = struct {
    pub const doc = "Returns the body's error.";
    pub const Arguments = struct {};

    pub fn enter(_: *Reraises, _: Arguments) !void {}

    pub fn exit(_: *Reraises, failure: ?*ambit.Raised) !?*ambit.Raised {
        return failure;
    }
};

comptime {
    ambit.plugin(.{ .reraises = Reraises });
}
