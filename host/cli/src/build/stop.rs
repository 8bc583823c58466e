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
use crate::terminal::Terminal;

/// Starts a tool, and does `work` with it until it has ended. It, and what it starts, are a process group of their own, which a
/// signal to stop reaches, and of which nothing goes on then. It has the terminal if it asks for that, as for the passphrase of a key.
/// `ambit` itself killed by SIGKILL leaves it.
///
/// # Errors
/// It cannot be started, `work` fails, or `ambit` was told to stop.
pub(crate) fn attended<T>(command: &mut Command, work: impl FnOnce(Child) -> io::Result<T>) -> io::Result<T> {
    let heard = Heard::unless(&ALONE)?;
    let end = heard.end();
    ALONE.store(false, Ordering::SeqCst);
    let stopped = || io::Error::from(io::ErrorKind::Interrupted);
    let done = if told().is_some() { Err(stopped()) } else { command.process_group(0).spawn() };
    let done = done.and_then(|tool| {
        let group = Pid::from_raw(i32::try_from(tool.id()).map_err(io::Error::other)?);
        let done = thread::scope(|scope| {
            scope.spawn(move || attend(group, heard));
            let done = work(tool);
            drop(end);
            done
        });
        if done.is_err() || told().is_some() {
            let _ = killpg(group, Signal::SIGKILL);
        }
        done
    });
    // Once told, `ambit` ends by that signal when nothing of the tool is left.
    ALONE.store(told().is_none(), Ordering::SeqCst);
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

fn attend(tool: Pid, mut heard: Heard) {
    let (mut late, mut terminal) = (None, Terminal::default());
    // They may have ended: nothing can be done about that.
    let send = |signal| {
        let _ = killpg(tool, signal);
    };
    while let Some(signal) = heard.within(AGAIN) {
        if let Some(signal) = signal {
            tell(signal);
            send(signal);
            send(Signal::SIGCONT);
            late = late.or(Instant::now().checked_add(GRACE));
        }
        if late.is_some_and(|late| Instant::now() >= late) {
            send(Signal::SIGKILL);
        }
        if is_held_up(tool) && terminal.give(tool) {
            send(Signal::SIGCONT);
        }
    }
    terminal.take();
    heard.came().into_iter().for_each(tell);
}

fn tell(signal: Signal) {
    let _ = FIRST.compare_exchange(0, signal as i32, Ordering::SeqCst, Ordering::SeqCst);
}

/// Whether the terminal stopped it, which it wants to have.
#[cfg(target_os = "linux")]
fn is_held_up(tool: Pid) -> bool {
    matches!(crate::group::stopped(tool), Some(Signal::SIGTTIN | Signal::SIGTTOU))
}

/// Elsewhere the system tells that only along with the tool's end, which is somebody else's to see.
#[cfg(not(target_os = "linux"))]
fn is_held_up(_: Pid) -> bool {
    false
}

/// What a tool has to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// How often the tool is looked at.
const AGAIN: Duration = Duration::from_millis(200);
