//! Being told to stop while a tool builds: [`attended`], [`told`].

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::signals::Heard;

/// Starts a tool, and does `work` with it until it has ended. It, and what it starts, are a process group of their own, which a
/// signal to stop reaches: nothing of it goes on once this is over. `ambit` itself killed by SIGKILL leaves it.
pub(crate) fn attended<T>(command: &mut Command, work: impl FnOnce(Child) -> io::Result<T>) -> io::Result<T> {
    let heard = Heard::unless(&ALONE)?;
    let end = heard.end();
    ALONE.store(false, Ordering::SeqCst);
    let done = command.process_group(0).spawn().and_then(|tool| {
        let group = Pid::from_raw(i32::try_from(tool.id()).map_err(io::Error::other)?);
        thread::scope(|scope| {
            scope.spawn(move || attend(group, heard));
            let done = work(tool);
            // What comes from here on ends the program.
            ALONE.store(true, Ordering::SeqCst);
            drop(end);
            if told().is_some() {
                let _ = killpg(group, Signal::SIGKILL);
            }
            done
        })
    });
    ALONE.store(true, Ordering::SeqCst);
    done
}

/// The first signal that came while a tool ran.
pub(crate) fn told() -> Option<Signal> {
    Signal::try_from(FIRST.load(Ordering::SeqCst)).ok()
}

/// Whether signals end the program, as they do where nothing else is to be ended.
static ALONE: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// Its number; 0 is none.
static FIRST: AtomicI32 = AtomicI32::new(0);

fn attend(group: Pid, mut heard: Heard) {
    let mut late = None;
    while let Some(signal) = heard.within(AGAIN) {
        if let Some(signal) = signal {
            let _ = FIRST.compare_exchange(0, signal as i32, Ordering::SeqCst, Ordering::SeqCst);
            // They may have ended: nothing can be done about that.
            let _ = killpg(group, signal);
            late = late.or(Instant::now().checked_add(GRACE));
        }
        if late.is_some_and(|late| Instant::now() >= late) {
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}

/// What a tool has to end by itself.
const GRACE: Duration = Duration::from_secs(5);

const AGAIN: Duration = Duration::from_secs(1);
