//! The managers that recordings and cases are played with.

const ambit = @import("ambit");
const cases = @import("cases.zig");

comptime {
    ambit.plugin(.{
        .scripted = @import("scripted.zig").Scripted,
        .passing = cases.Passing,
        .wrapping = cases.Wrapping,
        .cutting = cases.Cutting,
        .documented = cases.Documented,
        .keywords = cases.Keywords,
        .recursive = cases.Recursive,
        .lock = cases.Lock,
        .chdir = cases.Chdir,
        .suppress = cases.Suppress,
        .missing = cases.Missing,
    });
}
