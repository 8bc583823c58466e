//! A plugin that asks the system for what it may never give: the other end of a pipe.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use ambit::{Dir, Fault, FaultKind, Isolation, Limits, Manager, Outcome, Phase, Recovery};
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Own, check_fault, check_lost, check_not_entered, manager};

const SHORT: Duration = Duration::from_millis(500);

/// A folder with a pipe in it that nobody has open.
struct Pipe(TempDir);

impl Pipe {
    fn new() -> Self {
        let pipe = Self(tempfile::tempdir().unwrap());
        assert!(Command::new("mkfifo").arg(pipe.path()).status().unwrap().success());
        pipe
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("pipe")
    }

    /// The arguments of a manager that opens it.
    fn inputs(&self) -> Value {
        json!({"path": self.path(), "then": self.mark()})
    }

    /// What a manager makes that went on.
    fn mark(&self) -> PathBuf {
        self.0.path().join("mark")
    }

    /// A manager that may open it.
    fn manager(&self, name: &str) -> Manager {
        manager(programs::FILES, name).grant(Dir::read_write(self.0.path())).unwrap()
    }

    /// One that has little time to enter.
    fn enters(&self, name: &str) -> Manager {
        self.manager(name).limits(Limits::default().enter(SHORT))
    }

    /// One that has little time to exit.
    fn exits(&self, name: &str) -> Manager {
        self.manager(name).limits(Limits::default().exit(SHORT))
    }

    /// Opens the other end for those that opened it for reading, and waits until they are gone.
    fn release_readers(&self) {
        let mut end = File::options().write(true).open(self.path()).unwrap();
        let gone = loop {
            match end.write_all(b"x") {
                Ok(()) => thread::yield_now(),
                Err(error) => break error,
            }
        };
        assert_eq!(gone.kind(), ErrorKind::BrokenPipe);
        drop(end);
        assert_eq!(open_descriptors(&self.path()), 0);
    }
}

/// How many descriptors this process has of a file.
fn open_descriptors(path: &Path) -> usize {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap();
    descriptors.filter(|each| fs::read_link(each.as_ref().unwrap().path()).is_ok_and(|to| to == path)).count()
}

#[track_caller]
fn check_held_up(fault: &Fault) {
    let reason = fault.reason();
    assert!(reason.starts_with("it took longer than its budget of "), "{reason}");
    assert!(reason.ends_with(", and the system still holds it up"), "{reason}");
}

#[test]
fn a_pipe_that_nobody_writes_to_ends_enter_with_its_budget() {
    let pipe = Pipe::new();
    let reads = pipe.enters("reads_in_enter");
    check_held_up(&check_not_entered(&reads, pipe.inputs(), Phase::Enter, FaultKind::Budget));
    pipe.release_readers();
    assert!(!pipe.mark().exists(), "the guest goes no further");
}

#[test]
fn a_pipe_that_nobody_writes_to_ends_exit_with_its_budget() {
    let pipe = Pipe::new();
    let reads = pipe.exits("reads_in_exit");
    check_held_up(&check_lost(&reads, &pipe.inputs(), Phase::Exit, FaultKind::Budget));
    pipe.release_readers();
    assert!(!pipe.mark().exists(), "the guest goes no further");
}

#[test]
fn a_pipe_that_nobody_reads_ends_either_phase_with_its_budget() {
    let pipe = Pipe::new();
    let inputs = json!({"path": pipe.path()});
    let (enter, exit) = (pipe.enters("writes_in_enter"), pipe.exits("writes_in_exit"));
    check_held_up(&check_not_entered(&enter, &inputs, Phase::Enter, FaultKind::Budget));
    check_held_up(&check_lost(&exit, &inputs, Phase::Exit, FaultKind::Budget));
    // All of them come back, and find their time over.
    drop(File::open(pipe.path()).unwrap());
}

#[test]
fn outer_scopes_exit_while_an_inner_one_is_held_up() {
    let (pipe, outer) = (Pipe::new(), crate::answers::answers("notes"));
    let inner = pipe.exits("reads_in_exit");
    let ended = outer.with(json!({"note": "seen"}), |_: IgnoredAny| {
        inner.with(pipe.inputs(), |_: IgnoredAny| Ok::<_, Own>(7))
    });
    let inner = ended.unwrap_err().into_body().unwrap();
    assert_eq!(inner.raised().notes(), ["seen"]);
    assert_eq!(inner.into_outcome().unwrap().completed(), Some(7));
    pipe.release_readers();
}

#[test]
fn scopes_of_a_manager_work_while_another_one_is_held_up() {
    let pipe = Pipe::new();
    let reads = pipe.manager("reads_in_enter").limits(Limits::default().enter(Duration::from_secs(1)));
    check_not_entered(&reads, pipe.inputs(), Phase::Enter, FaultKind::Budget);
    let file = pipe.0.path().join("file");
    fs::write(&file, "text").unwrap();
    for _ in 0..3 {
        let inputs = json!({"path": file, "then": pipe.mark()});
        let ended = reads.with(inputs, |_: IgnoredAny| Ok::<_, Own>(7));
        assert_eq!(ended.unwrap(), Outcome::Completed(7));
    }
    assert!(pipe.mark().exists());
    pipe.release_readers();
}

#[test]
fn what_a_scope_left_is_recovered_while_the_system_holds_it_up() {
    let pipe = Pipe::new();
    let ended = pipe.exits("leaves").with(pipe.inputs(), |_: IgnoredAny| Ok::<_, Own>(7));
    let fault = check_fault(&ended.unwrap_err(), Phase::Exit, FaultKind::Budget);
    assert!(matches!(fault.recovery(), Some(Recovery::Released)), "{fault}");
    assert!(pipe.mark().exists(), "its recovery made it");
    pipe.release_readers();
}

#[test]
fn a_recovery_that_the_system_holds_up_ends_with_its_budget() {
    let pipe = Pipe::new();
    let in_vain = pipe.manager("recovers_in_vain").limits(Limits::default().recover(SHORT));
    let fault = check_not_entered(&in_vain, json!({"path": pipe.path()}), Phase::Enter, FaultKind::Trap);
    let Some(Recovery::Failed(why)) = fault.recovery() else { panic!("{fault}") };
    check_held_up(why.native().unwrap());
    pipe.release_readers();
}

#[test]
fn scopes_that_share_a_store_that_is_held_up_are_told_that_it_is_lost() {
    let pipe = Pipe::new();
    let file = pipe.0.path().join("file");
    fs::write(&file, "text").unwrap();
    let inputs = json!({"path": file, "then": pipe.mark()});
    let shared = pipe
        .manager("reads_in_exit")
        .isolation(Isolation::shared())
        .limits(Limits::default().exit(Duration::from_secs(1)));
    let ended = shared.with(&inputs, |_: IgnoredAny| {
        let inner = shared.with(pipe.inputs(), |_: IgnoredAny| Ok::<_, Own>(7));
        check_held_up(&check_fault(&inner.unwrap_err(), Phase::Exit, FaultKind::Budget));
        Ok::<_, Own>(8)
    });
    let fault = check_fault(&ended.unwrap_err(), Phase::Exit, FaultKind::Lost);
    assert!(fault.reason().contains("the system still holds it up"), "{fault}");
    let works = shared.with(&inputs, |_: IgnoredAny| Ok::<_, Own>(9));
    assert_eq!(works.unwrap(), Outcome::Completed(9), "another store serves the next scope");
    pipe.release_readers();
}

#[test]
fn a_guest_is_given_up_on_a_thread_of_a_tokio_runtime_too() {
    let pipe = Pipe::new();
    let reads = pipe.enters("reads_in_enter");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        check_held_up(&check_not_entered(&reads, pipe.inputs(), Phase::Enter, FaultKind::Budget));
    });
    pipe.release_readers();
}

#[test]
fn an_open_pipe_is_no_file_to_read_or_write_in() {
    let pipe = Pipe::new();
    let both = File::options().read(true).write(true).open(pipe.path()).unwrap();
    for name in ["fills", "drains"] {
        let raised = pipe.manager(name).with(json!({"path": pipe.path()}), |_: IgnoredAny| Ok::<_, Own>(7));
        assert!(!raised.unwrap_err().raised().is("timed-out"), "{name}: WASI reads and writes at an offset");
    }
    drop(both);
}

#[test]
fn stdin_is_at_its_end() {
    let ended = manager(programs::FILES, "reads_stdin").with((), Ok::<String, Own>);
    assert_eq!(ended.unwrap(), Outcome::Completed(String::new()));
}
