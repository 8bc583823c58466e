//! How a build gets on, on stderr: [`step`].

use std::io::Write;
use std::time::Instant;

use crate::problem::Failure;
use crate::visible;

/// What a line begins with that tells of a step; the builders of the SDKs begin such lines so, too.
pub(crate) const MARK: &str = "==> ";

/// Says what is done now and, once it is, how long that took.
pub(crate) fn step<T>(what: &str, act: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    say(&format!("{MARK}{what}"));
    let began = Instant::now();
    let done = act()?;
    say(&format!("    {:.1} s", began.elapsed().as_secs_f64()));
    Ok(done)
}

/// Writes a line of progress.
pub(crate) fn say(line: &str) {
    // A message that cannot be written has no other place to go.
    let _ = writeln!(std::io::stderr(), "{}", visible::line(line));
}
