//! Owners and claimers that really die.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use super::roles::{self, Role, play};
use super::*;

#[test]
fn what_a_killed_process_held_is_lost_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = play(Role::Own, folder.path());
    let journal = open(folder.path());
    let expected = |status| [("1".to_owned(), status), ("2".to_owned(), status)];
    assert_eq!(listed(&journal), expected(Status::Live));
    assert_eq!(journal.list().unwrap()[0].owner.pid, owner.pid());
    assert_eq!(claimable(&journal), Vec::<String>::new());
    owner.kill();
    assert_eq!(listed(&journal), expected(Status::Lost));
    assert_eq!(claimable(&journal), ["2", "1"]);
}

#[test]
fn a_process_that_inherited_the_handle_keeps_the_scopes_from_being_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = play(Role::Share, folder.path());
    owner.kill();
    let journal = open(folder.path());
    assert_eq!(listed(&journal), [("1".to_owned(), Status::Live)]);
    assert_eq!(claimable(&journal), Vec::<String>::new());
    assert!(journal.forget(&[Id(1)]).unwrap_err().to_string().contains("or a process that it started"));
    // The grandchild ends now. It is nobody's child, so that nobody can wait for it.
    drop(owner.stdin.take());
    let began = Instant::now();
    while claimable(&journal) != ["1"] {
        assert!(began.elapsed() < LONG, "it is still live");
        thread::yield_now();
    }
}

#[test]
fn what_a_claimer_that_is_killed_held_is_free_again() {
    let folder = tempfile::tempdir().unwrap();
    let dead = open(folder.path());
    begin(&dead, "1");
    drop(dead);
    let mut claimer = play(Role::Claim, folder.path());
    let journal = open(folder.path());
    assert_eq!(listed(&journal), [("1".to_owned(), Status::Claimed)]);
    assert_eq!(claimable(&journal), Vec::<String>::new());
    claimer.kill();
    assert_eq!(listed(&journal), [("1".to_owned(), Status::Lost)]);
    assert_eq!(claimable(&journal), ["1"]);
}

#[test]
fn four_processes_that_begin_and_end_at_once_lose_and_invent_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, done) = (folder.path(), AtomicBool::new(false));
    let mut owners: Vec<_> = thread::scope(|scope| {
        // One more looks on, and finds nothing that is lost.
        scope.spawn(|| {
            let journal = open(folder);
            while !done.load(Ordering::Relaxed) {
                assert_eq!(claimable(&journal), Vec::<String>::new());
                assert!(listed(&journal).iter().all(|(_, status)| *status == Status::Live));
            }
        });
        let owners: Vec<_> = (0..4).map(|_| scope.spawn(|| play(Role::Churn, folder))).collect();
        let owners = owners.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>();
        done.store(true, Ordering::Relaxed);
        owners.into_iter().map(Result::unwrap).collect()
    });
    let mut expected = Vec::new();
    for owner in &mut owners {
        for of in 0..roles::THREADS {
            for round in (0..roles::ROUNDS).filter(|round| roles::is_left(*round)) {
                expected.push(format!("{} {of} {round}", owner.pid()));
            }
        }
        owner.kill();
    }
    expected.sort();
    let mut found = claimable(&open(folder));
    found.sort();
    assert_eq!(found, expected);
}
