//! Nothing but features of other crates; `Cargo.toml` says why.
