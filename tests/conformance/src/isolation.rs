//! Under which isolation managers in the sandbox are played: [`ISOLATIONS`].

use ambit::Isolation;

/// Each policy of isolation, by its name on the command line. What CPython did is done under each.
pub const ISOLATIONS: [(&str, Isolation); 3] =
    [("lease", Isolation::lease()), ("fresh", Isolation::Fresh), ("shared", Isolation::shared())];
