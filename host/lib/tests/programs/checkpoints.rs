//! A plugin that leaves checkpoints, and recovers from them: at once after a fault, and from a journal after the death of a
//! host. Its recoveries say that they ran in the file `recovered`.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ambit::{
    Cache, Dir, Engine, ErrorKind, ExitStack, Failure, Family, Fault, FaultKind, Incident, Isolation,
    Journal, Limits, LostStatus, Manager, Outcome, Phase, Raised, Recovered, Recovery,
};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::{Own, complete, engine};

fn manager(engine: &Engine, name: &str, folder: &Path) -> Manager {
    let plugin = engine.load(programs::CHECKPOINTS).unwrap();
    let budget = Duration::from_secs(1);
    let limits = Limits::default().enter(budget).exit(budget).recover(budget);
    let granted = Dir::read_write(folder).at(".");
    plugin.manager(name).unwrap().limits(limits).grant(granted).unwrap()
}

/// Which recoveries ran, a line each.
fn recovered(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("recovered")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Runs a scope that is lost, and gives its fault and which recoveries ran.
#[track_caller]
fn lose(name: &str) -> (Fault, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let failure: Failure<u32, Own> = complete(&manager(engine(), name, folder.path())).unwrap_err();
    let faults: Vec<_> = failure.faults().cloned().collect();
    assert_eq!(faults.len(), 1, "{failure}");
    (faults[0].clone(), recovered(folder.path()))
}

#[track_caller]
fn check_released(name: &str, phase: Phase, kind: FaultKind, last: u32) {
    let (fault, recovered) = lose(name);
    assert_eq!((fault.phase(), fault.kind()), (phase, kind));
    assert!(matches!(fault.recovery(), Some(Recovery::Released)), "{fault}");
    assert!(fault.to_string().ends_with("; its recovery released what it held"), "{fault}");
    assert_eq!(recovered, [format!("{name} {last}")], "it ran once, from the last checkpoint");
}

#[test]
fn an_exit_that_was_lost_is_recovered_at_once_from_the_last_checkpoint() {
    check_released("traps_in_exit", Phase::Exit, FaultKind::Trap, 2);
    check_released("loops_in_exit", Phase::Exit, FaultKind::Budget, 1);
}

#[test]
fn an_enter_that_was_lost_is_recovered_at_once() {
    check_released("traps_in_enter", Phase::Enter, FaultKind::Trap, 1);
    check_released("loops_in_enter", Phase::Enter, FaultKind::Budget, 1);
}

#[test]
fn the_body_s_result_and_error_are_kept_though_its_manager_was_recovered() {
    let folder = tempfile::tempdir().unwrap();
    let traps = manager(engine(), "traps_in_exit", folder.path());
    assert_eq!(complete(&traps).unwrap_err().into_outcome().unwrap(), Outcome::Completed(7));
    let (failed, text) = crate::fail(&traps);
    assert_eq!(failed.unwrap_err().into_body().unwrap(), Own(text));
    assert_eq!(recovered(folder.path()).len(), 2);
}

#[track_caller]
fn check_not_released(name: &str, says: &str) {
    let (fault, recovered) = lose(name);
    let Some(Recovery::Failed(why)) = fault.recovery() else { panic!("{fault}") };
    assert!(why.to_string().contains(says), "{why}");
    assert_eq!(recovered, [format!("{name} 1")], "it is tried once");
}

#[test]
fn a_recovery_that_fails_is_told_with_its_error() {
    check_not_released("recover_raises", "it cannot be released");
    check_not_released("recover_traps", "the manager `recover_traps` failed in its recovery: it trapped");
    check_not_released("recover_loops", "it took longer than its budget of 1s");
}

#[test]
fn a_scope_that_left_nothing_is_not_recovered() {
    let (fault, recovered) = lose("leaves_nothing");
    assert!(fault.recovery().is_none(), "{fault}");
    assert!(recovered.is_empty());
}

#[test]
fn a_scope_that_came_to_its_end_without_an_error_of_its_own_is_not_recovered() {
    for name in ["leaves", "leaves_twice", "leaves_and_suppresses", "only_raises"] {
        let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let engine = with_journal(state.path());
        let manager = manager(&engine, name, folder.path());
        drop(complete(&manager));
        drop(crate::fail(&manager));
        assert!(engine.lost().unwrap().is_empty(), "{name}");
        assert!(recover(&engine).is_empty(), "{name}");
        assert!(recovered(folder.path()).is_empty(), "{name}");
    }
}

/// Checks that the manager's own error is what goes on, and gives the failure.
#[track_caller]
fn raise(manager: &Manager, says: &str) -> Failure<(), Own> {
    let (failed, _) = crate::fail(manager);
    let failure = failed.unwrap_err();
    assert_eq!((failure.raised().family(), failure.raised().message()), (Family::Error, says));
    failure
}

const RAISES: [(&str, &str, Phase); 2] = [
    ("leaves_then_raises", "it cannot be acquired", Phase::Enter),
    ("raises_in_exit", "it cannot be removed", Phase::Exit),
];

#[test]
fn an_error_of_a_manager_s_own_is_recovered_from_at_once_and_goes_on() {
    for (name, says, _) in RAISES {
        let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let engine = with_journal(state.path());
        let failure = raise(&manager(&engine, name, folder.path()), says);
        assert_eq!(recovered(folder.path()), [format!("{name} 1")]);
        assert!(engine.lost().unwrap().is_empty(), "{name}");
        assert_eq!(failure.faults().count(), 0, "what was released is no fault: {failure}");
        assert!(failure.raised().notes().is_empty(), "{name}");
    }
}

#[test]
fn what_stays_after_an_error_of_a_manager_s_own_is_told_beside_it_and_kept() {
    for (name, says, phase) in RAISES {
        let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let engine = with_journal(state.path());
        let name = format!("{name}_for_good");
        let failure = raise(&manager(&engine, &name, folder.path()), says);
        let faults: Vec<_> = failure.faults().collect();
        let [fault] = faults[..] else { panic!("{faults:?}") };
        assert_eq!((fault.phase(), fault.kind()), (phase, FaultKind::Unreleased));
        let expected = format!(
            "the manager `{name}` failed in its {phase}: it raised an error of its own: {says}; \
             its recovery failed: it cannot be released"
        );
        assert_eq!(fault.to_string(), expected);

        let lost = &engine.lost().unwrap()[0];
        assert_eq!((lost.attempts, lost.status), (1, LostStatus::Lost));
        assert_eq!(lost.error.as_deref(), Some("it cannot be released"));
        fs::write(folder.path().join("mended"), "").unwrap();
        assert!(matches!(recover(&engine).remove(0).recovery, Recovery::Released));
        assert!(engine.lost().unwrap().is_empty());
    }
}

#[test]
fn an_outer_manager_that_suppresses_a_failed_exit_does_not_hide_what_stays() {
    let folder = tempfile::tempdir().unwrap();
    let outer = manager(engine(), "leaves_and_suppresses", folder.path());
    let inner = manager(engine(), "raises_in_exit_for_good", folder.path());
    let mut stack = ExitStack::new();
    stack.enter::<IgnoredAny>(&outer, ()).unwrap();
    stack.enter::<IgnoredAny>(&inner, ()).unwrap();
    let ending = stack.unwind(None);
    assert!(ending.pending.is_none());
    assert!(matches!(&ending.incidents[..], [Incident::Lost(fault)] if fault.is("unreleased")), "{ending:?}");
}

#[test]
fn a_store_that_others_share_stays_though_one_of_them_raises() {
    let folder = tempfile::tempdir().unwrap();
    let raises = manager(engine(), "raises_in_exit", folder.path()).isolation(Isolation::shared());
    let mut stack = ExitStack::new();
    for _ in 0..2 {
        stack.enter::<IgnoredAny>(&raises, ()).unwrap();
    }
    let ending = stack.unwind(None);
    assert!(ending.pending.is_some_and(|raised| raised.family() == Family::Error));
    assert!(ending.incidents.is_empty(), "{:?}", ending.incidents);
    assert_eq!(recovered(folder.path()), ["raises_in_exit 1"; 2]);
}

#[test]
fn each_scope_of_a_shared_store_is_recovered_from_its_own_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let traps = manager(engine(), "traps_in_exit", folder.path()).isolation(Isolation::shared());
    let mut stack = ExitStack::new();
    for _ in 0..3 {
        stack.enter::<IgnoredAny>(&traps, ()).unwrap();
    }
    assert_eq!(stack.unwind(None).incidents.len(), 3);
    let expected = [2, 1, 1].map(|n| format!("traps_in_exit {n}"));
    assert_eq!(recovered(folder.path()), expected);
}

#[test]
fn a_checkpoint_that_is_too_large_is_refused_and_the_one_before_stands() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let engine = with_journal(state.path());
    let much = manager(&engine, "leaves_much", folder.path());
    let much = much.limits(Limits::default().checkpoint(100));
    let enter = |bytes: u32| much.with(json!({ "bytes": bytes }), |_: IgnoredAny| Ok::<_, Raised>(()));
    enter(100).unwrap();
    let refused = enter(101).unwrap_err();
    assert!(refused.raised().is("checkpoint"), "{refused:?}");
    assert!(refused.raised().to_string().contains("a checkpoint has 101 bytes, and may have 100"));
}

#[test]
fn what_stays_after_an_error_of_the_host_s_own_in_enter_is_a_fault_too() {
    let folder = tempfile::tempdir().unwrap();
    let much = manager(engine(), "leaves_much", folder.path());
    let much = much.limits(Limits::default().checkpoint(100));
    // Its recovery cannot write there.
    fs::create_dir(folder.path().join("recovered")).unwrap();
    let refused = much.with(json!({ "bytes": 101 }), |_: IgnoredAny| Ok::<_, Raised>(())).unwrap_err();
    assert!(refused.raised().is("checkpoint"), "{refused:?}");
    let faults: Vec<_> = refused.faults().collect();
    let [fault] = faults[..] else { panic!("{faults:?}") };
    assert_eq!((fault.phase(), fault.kind()), (Phase::Enter, FaultKind::Unreleased));
    assert!(matches!(fault.recovery(), Some(Recovery::Failed(_))), "{fault}");
}

#[test]
fn of_several_scopes_that_are_to_be_given_up_all_are_or_none() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    die(state.path(), &["leaves", "leaves_twice"], folder.path());
    let engine = with_journal(state.path());
    let ids: Vec<_> = engine.lost().unwrap().iter().map(|lost| lost.id).collect();
    assert!(!engine.forget(&[ids[0], ids[1] + 1]).unwrap());
    assert_eq!(engine.lost().unwrap().len(), 2);
    assert!(engine.forget(&ids).unwrap());
    assert!(engine.lost().unwrap().is_empty());
}

fn with_journal(folder: &Path) -> Engine {
    Engine::builder().cache(Cache::none()).journal(Journal::at(folder)).build().unwrap()
}

/// Recovers what is lost, all of which can be looked at.
fn recover(engine: &Engine) -> Vec<Recovered> {
    engine.recover(|limits| limits).unwrap().done.into_iter().map(Result::unwrap).collect()
}

/// Enters the managers in another process, which then dies. What it is to do stands in its environment.
#[track_caller]
fn die(journal: &Path, names: &[&str], folder: &Path) {
    let this = std::env::current_exe().unwrap();
    let mut child = Command::new(this);
    child.args(["--exact", "checkpoints::a_process_that_is_to_die_does"]);
    child.env(JOURNAL, journal).env(NAMES, names.join(" ")).env(FOLDER, folder);
    let output = child.output().unwrap();
    assert_eq!(output.status.signal(), Some(6), "{}", String::from_utf8_lossy(&output.stdout));
}

const JOURNAL: &str = "AMBIT_TEST_JOURNAL";
const NAMES: &str = "AMBIT_TEST_NAMES";
const FOLDER: &str = "AMBIT_TEST_FOLDER";

/// What [`die`] runs; on its own there is nothing to do.
#[test]
fn a_process_that_is_to_die_does() {
    let Some(journal) = std::env::var_os(JOURNAL) else { return };
    let engine = with_journal(journal.as_ref());
    let folder = std::env::var_os(FOLDER).unwrap();
    let mut stack = ExitStack::new();
    for name in std::env::var(NAMES).unwrap().split(' ') {
        stack.enter::<IgnoredAny>(&manager(&engine, name, folder.as_ref()), ()).unwrap();
    }
    std::process::abort();
}

#[test]
fn what_a_dead_host_held_is_recovered_innermost_first() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    die(state.path(), &["leaves", "leaves_twice"], folder.path());
    let engine = with_journal(state.path());
    let lost = engine.lost().unwrap();
    let listed: Vec<_> =
        lost.iter().map(|lost| (lost.manager.as_str(), lost.state.as_str(), lost.status)).collect();
    let expected =
        [("leaves", r#"{"by":"leaves","n":1}"#), ("leaves_twice", r#"{"by":"leaves_twice","n":2}"#)];
    assert_eq!(listed, expected.map(|(manager, state)| (manager, state, LostStatus::Lost)));
    assert!(lost[0].entered_at.contains("checkpoints.rs:"), "{}", lost[0].entered_at);

    let done = recover(&engine);
    assert!(done.iter().all(|done| matches!(done.recovery, Recovery::Released)), "{done:?}");
    assert_eq!(recovered(folder.path()), ["leaves_twice 2", "leaves 1"]);
    assert!(engine.lost().unwrap().is_empty());
    assert!(recover(&engine).is_empty(), "a second recovery does nothing");
}

#[test]
fn a_live_scope_is_left_alone() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (engine, other) = (with_journal(state.path()), with_journal(state.path()));
    let leaves = manager(&engine, "leaves", folder.path());
    let ended = leaves.with((), |_: IgnoredAny| {
        assert_eq!(other.lost().unwrap()[0].status, LostStatus::Live);
        assert!(recover(&other).is_empty());
        assert_eq!(other.forget(&[other.lost().unwrap()[0].id]).unwrap_err().kind(), ErrorKind::Journal);
        Ok::<_, Raised>(())
    });
    ended.unwrap();
    assert!(other.lost().unwrap().is_empty());
    assert!(recovered(folder.path()).is_empty());
}

#[test]
fn a_recovery_that_failed_stays_with_its_error_until_it_succeeds() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let engine = with_journal(state.path());
    drop(complete(&manager(&engine, "recover_raises", folder.path())));
    for attempts in 1..=3 {
        let lost = &engine.lost().unwrap()[0];
        assert_eq!((lost.attempts, lost.status), (attempts, LostStatus::Lost));
        assert_eq!(lost.error.as_deref(), Some("it cannot be released"));
        let done = recover(&engine).remove(0);
        assert_eq!(done.attempts, attempts + 1);
        assert!(matches!(done.recovery, Recovery::Failed(_)));
    }
    fs::write(folder.path().join("mended"), "").unwrap();
    assert!(matches!(recover(&engine).remove(0).recovery, Recovery::Released));
    assert!(engine.lost().unwrap().is_empty());
    assert_eq!(recovered(folder.path()).len(), 5);
}

#[test]
fn a_recovery_may_be_given_other_limits() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let engine = with_journal(state.path());
    drop(complete(&manager(&engine, "recover_loops", folder.path())));
    let recoveries = engine.recover(|limits| limits.recover(limits.recover / 2)).unwrap();
    let Recovery::Failed(why) = &recoveries.done[0].as_ref().unwrap().recovery else {
        panic!("it never ends");
    };
    assert!(why.to_string().contains("its budget of 500ms"), "{why}");
}

#[test]
fn a_recovery_has_the_limits_of_its_scope_and_not_those_of_the_engine() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    die(state.path(), &["leaves", "leaves_twice"], folder.path());
    let engine = Engine::builder().cache(Cache::none()).journal(Journal::at(state.path()));
    let engine = engine.limits(Limits::default().memory(1)).build().unwrap();
    assert!(engine.load(programs::CHECKPOINTS).is_err(), "it cannot say what it offers");
    assert!(recover(&engine).iter().all(|done| done.recovery.is_released()));
    assert_eq!(recovered(folder.path()).len(), 2);
}

#[test]
fn a_scope_that_is_given_up_is_not_recovered() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    die(state.path(), &["leaves"], folder.path());
    let engine = with_journal(state.path());
    let id = engine.lost().unwrap()[0].id;
    assert!(engine.forget(&[id]).unwrap());
    assert!(!engine.forget(&[id]).unwrap());
    assert!(recover(&engine).is_empty());
    assert!(recovered(folder.path()).is_empty());
}

#[test]
fn a_directory_that_is_gone_is_told_and_the_scope_stays() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    die(state.path(), &["leaves"], folder.path());
    drop(folder);
    let engine = with_journal(state.path());
    let done = recover(&engine).remove(0);
    assert!(done.recovery.to_string().contains("cannot be granted"), "{}", done.recovery);
    assert_eq!(engine.lost().unwrap()[0].attempts, 1);
}

#[test]
fn another_directory_of_the_same_name_is_not_taken_for_the_one_that_was_granted() {
    let (around, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let [folder, away] = ["folder", "away"].map(|name| around.path().join(name));
    fs::create_dir(&folder).unwrap();
    die(state.path(), &["leaves"], &folder);
    let engine = with_journal(state.path());
    assert_eq!(engine.lost().unwrap()[0].directories, std::slice::from_ref(&folder));
    fs::rename(&folder, &away).unwrap();
    fs::create_dir(&folder).unwrap();
    let done = recover(&engine).remove(0);
    assert!(done.recovery.to_string().contains("is not the one that was granted"), "{}", done.recovery);
    assert_eq!(engine.lost().unwrap()[0].attempts, 1);
    assert!(recovered(&folder).is_empty());
    // Put back, it is recovered.
    fs::remove_dir(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
    assert!(matches!(recover(&engine).remove(0).recovery, Recovery::Released));
    assert_eq!(recovered(&folder), ["leaves 1"]);
}

#[test]
fn a_scope_whose_lock_was_removed_is_recovered_only_if_that_is_asked_for() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    die(state.path(), &["leaves"], folder.path());
    fs::remove_dir_all(state.path().join("owners")).unwrap();
    let engine = with_journal(state.path());
    let recoveries = engine.recover(|limits| limits).unwrap();
    assert!(recoveries.done.is_empty());
    assert_eq!(recoveries.left[0].status, LostStatus::Unknown);
    assert!(engine.recover_untried().unwrap().done.is_empty());
    let done = engine.recover_unknown(|limits| limits).unwrap().done;
    assert!(matches!(done[0].as_ref().unwrap().recovery, Recovery::Released));
    assert_eq!(recovered(folder.path()), ["leaves 1"]);
}

#[test]
fn the_folder_of_the_journal_is_not_granted_to_a_plugin() {
    let state = tempfile::tempdir().unwrap();
    let engine = with_journal(state.path());
    let leaves = engine.load(programs::CHECKPOINTS).unwrap().manager("leaves").unwrap();
    let refused = leaves.grant(Dir::read_write(state.path())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Grant);
}
