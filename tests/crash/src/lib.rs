//! Kills `ambit with … tempdir lock rollback -- …` by SIGKILL at random moments, recovers, and looks for what is left.
//!
//! - [`Stage`] is a folder with files to change, and a journal.
//! - [`round()`] runs, kills and recovers once, and checks what it finds.
//! - [`crash()`] does that many times, and [`Tally`] counts in which state the kills met the managers.

mod round;
mod stage;
mod tally;

pub use round::{Killed, round};
pub use stage::Stage;
pub use tally::{Tally, crash};

/// What was left behind, or went wrong otherwise.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
