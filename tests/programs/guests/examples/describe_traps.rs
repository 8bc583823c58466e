//! Traps where it is asked what it offers.
#![cfg(target_arch = "wasm32")]

program_guests::only_describes!(std::process::abort());
