//! The managers that recordings and cases are played with: `tests/conformance`.

mod script;

use ambit_guest::plugin;
use program_guests::cases::{
    chdir, cutting, documented, keywords, lock, measuring, missing, passing, recursive, suppress, wrapping,
};
use script::scripted;

plugin!(
    scripted, passing, wrapping, cutting, documented, keywords, measuring, recursive, lock, chdir, suppress,
    missing
);
