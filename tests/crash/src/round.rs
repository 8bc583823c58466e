//! One kill, and one recovery: [`round()`].

use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Failure, Stage};

/// In which state a kill met the managers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Killed {
    /// `ambit` had ended by itself.
    TooLate,
    /// These were in the journal, from the outermost on.
    Holding(Vec<String>),
}

/// Runs `ambit` on a new stage around a command that ends with `status`, kills it after this time, and recovers. `after` is a
/// stage on which it ran to its end.
///
/// # Errors
/// Something is left, or half restored, or a second recovery finds something to do.
pub fn round(stage: &Stage, status: u8, moment: Duration, after: &Stage) -> Result<Killed, Failure> {
    let before = stage.tree()?;
    let mut child = stage.with(status).spawn()?;
    sleep(moment);
    let killed = kill(&mut child)?;
    let held = wait(stage)?;
    stage.recover(&[])?;
    let listed = stage.recover(&["--list", "--json"])?;
    if listed.trim() != "[]" {
        return Err(format!("the journal still has {listed}").into());
    }
    let again = stage.recover(&[])?;
    if !again.is_empty() {
        return Err(format!("a second recovery did something: {again}").into());
    }
    let left = stage.tree()?;
    if left == before || (status == 0 && left == after.tree()?) {
        return Ok(if killed { Killed::Holding(held) } else { Killed::TooLate });
    }
    let names: Vec<_> = left.iter().filter(|(path, text)| before.get(*path) != Some(text)).collect();
    Err(format!("killed while holding {held:?}, left is not what was there before: {names:?}").into())
}

/// Sends SIGKILL; false if it had ended.
fn kill(child: &mut Child) -> Result<bool, Failure> {
    if child.try_wait()?.is_some() {
        return Ok(false);
    }
    child.kill()?;
    child.wait()?;
    Ok(true)
}

/// Waits until the command has ended, whose scopes are held until then, and gives the managers that are lost.
fn wait(stage: &Stage) -> Result<Vec<String>, Failure> {
    let began = Instant::now();
    loop {
        let listed: Vec<Value> = serde_json::from_str(&stage.recover(&["--list", "--json"])?)?;
        if listed.iter().all(|scope| scope["status"] == "lost") {
            let names = listed.iter().filter_map(|scope| scope["manager"].as_str().map(str::to_owned));
            return Ok(names.collect());
        }
        if began.elapsed() > Duration::from_secs(60) {
            return Err(format!("the command does not end: {listed:?}").into());
        }
        sleep(Duration::from_millis(5));
    }
}
