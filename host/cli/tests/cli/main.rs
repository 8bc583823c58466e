//! What `ambit` does, seen from outside: each test runs the binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod arguments;
mod awaiting;
mod bad_input;
mod build;
mod completions;
mod environment;
mod golden;
mod grace;
mod help;
mod inspect;
mod limits;
mod nesting;
mod new;
mod place;
mod plugins;
mod policy;
mod recover;
mod rights;
mod rollback;
mod running;
mod service;
mod signals;
mod statuses;
#[cfg(target_os = "linux")]
mod terminal;
mod timeout;
