//! Threads that do at the same time what only one may do.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use rusqlite::Transaction;

use super::*;
use crate::journal::database::Durable;
use crate::journal::owner::{Found, Missing, Owners};
use crate::journal::turnstile::Turnstile;

#[test]
fn each_lost_scope_is_claimed_by_one_of_those_that_race_for_it() {
    const OWNERS: usize = 8;
    const RACERS: usize = 6;
    let folder = tempfile::tempdir().unwrap();
    let dead: Vec<_> = (0..OWNERS).map(|_| open(folder.path())).collect();
    for journal in &dead {
        begin(journal, "outer");
        begin(journal, "inner");
    }
    drop(dead);
    let start = Barrier::new(RACERS);
    let mut recovered = BTreeMap::<Id, usize>::new();
    thread::scope(|scope| {
        let race = || {
            let journal = open(folder.path());
            start.wait();
            let mut done = Vec::new();
            let claim = claim(&journal);
            assert!(claim.entries().is_sorted_by_key(|entry| Reverse(entry.id)));
            for entry in claim.entries() {
                assert_eq!(claim.plugin(entry).unwrap(), b"a plugin");
                claim.done(entry).unwrap();
                done.push(entry.id);
            }
            done
        };
        let racers: Vec<_> = (0..RACERS).map(|_| scope.spawn(race)).collect();
        for racer in racers {
            for id in racer.join().unwrap() {
                *recovered.entry(id).or_default() += 1;
            }
        }
    });
    assert_eq!(recovered.len(), 2 * OWNERS);
    assert!(recovered.values().all(|times| *times == 1), "{recovered:?}");
    assert_eq!(names(&folder.path().join("owners")), Vec::<String>::new());
    assert_eq!(names(&folder.path().join("plugins")), Vec::<String>::new());
}

#[test]
fn an_owner_that_begins_while_others_clean_up_stays() {
    const ROUNDS: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let journal = open(folder.path());
                    // Its lock is made before the database knows of it.
                    let handle = journal.owner_handle().unwrap();
                    let id = begin(&journal, "1");
                    journal.update(id, "2", LONG).unwrap();
                    journal.end(id).unwrap();
                    drop((journal, handle));
                }
            });
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let journal = open(folder.path());
                    assert_eq!(claimable(&journal), Vec::<String>::new());
                    assert!(listed(&journal).iter().all(|(_, status)| *status == Status::Live));
                }
            });
        }
    });
}

#[test]
fn the_first_checkpoints_of_many_at_once_make_one_database() {
    const OWNERS: usize = 8;
    let folder = tempfile::tempdir().unwrap();
    let start = Barrier::new(OWNERS);
    thread::scope(|scope| {
        for _ in 0..OWNERS {
            scope.spawn(|| {
                let journal = open(folder.path());
                start.wait();
                begin(&journal, "1");
            });
        }
    });
    assert_eq!(claimable(&open(folder.path())).len(), OWNERS);
    let mut files = names(folder.path());
    files.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    files.sort();
    assert_eq!(files, ["journal.sqlite", "owners", "plugins", "turnstile"]);
}

#[test]
fn threads_of_one_owner_share_its_connection() {
    const THREADS: usize = 8;
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    thread::scope(|scope| {
        for of in 0..THREADS {
            let journal = &journal;
            scope.spawn(move || {
                let ids: Vec<_> = (0..10).map(|_| begin(journal, "begun")).collect();
                let (kept, ended) = ids.split_first().unwrap();
                ended.iter().for_each(|id| journal.end(*id).unwrap());
                journal.update(*kept, &of.to_string(), LONG).unwrap();
            });
        }
    });
    assert_eq!(names(&folder.path().join("owners")).len(), 1);
    drop(journal);
    let mut left = claimable(&open(folder.path()));
    left.sort();
    assert_eq!(left, (0..THREADS).map(|of| of.to_string()).collect::<Vec<_>>());
}

#[test]
fn who_writes_again_and_again_lets_those_go_first_that_wait() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, other) = (open(folder.path()), open(folder.path()));
    let id = begin(&other, "1");
    let mut turn = writer.database.find(LONG).unwrap().unwrap();
    thread::scope(|scope| {
        let waits = |_: &Transaction<'_>| {
            scope.spawn(|| other.update(id, "2", LONG).unwrap());
            let (turnstile, began) = (Turnstile::of(folder.path()), Instant::now());
            while turnstile.next(began).is_some() {
                assert!(began.elapsed() < LONG, "it does not wait");
                thread::yield_now();
            }
            Ok(())
        };
        turn.write(Durable::Later, waits).unwrap();
        let state = "SELECT state FROM entries";
        let found = turn.write(Durable::Later, |writing| {
            Ok(writing.query_row(state, [], |row| row.get::<_, String>(0))?)
        });
        assert_eq!(found.unwrap(), "2");
    });
}

#[test]
fn a_thread_that_takes_turn_after_turn_lets_those_go_first_that_wait() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    begin(&journal, "1");
    let turn = || journal.database.find(LONG).unwrap().unwrap();
    // The other may not have begun to wait by the time that it is given: then it is given more.
    let goes_first = (1..8).any(|tries| {
        let (held, has_begun, was_there) = (turn(), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            scope.spawn(|| {
                has_begun.store(1, Ordering::SeqCst);
                let _turn = turn();
                was_there.store(1, Ordering::SeqCst);
            });
            while has_begun.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            thread::sleep(Duration::from_millis(10 << tries));
            drop(held);
            let _again = turn();
            was_there.load(Ordering::SeqCst) == 1
        })
    });
    assert!(goes_first);
}

#[test]
fn who_is_stopped_as_the_next_to_write_keeps_nobody_from_writing() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let id = begin(&journal, "1");
    let _stopped = Turnstile::of(folder.path()).next(Instant::now()).unwrap();
    journal.update(id, "2", Duration::from_millis(50)).unwrap();
    assert_eq!(listed(&open(folder.path())), [("2".to_owned(), Status::Live)]);
}

#[test]
fn one_at_most_holds_a_lock_though_its_file_is_removed_and_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let (holders, held) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let owners = Owners::new(folder.path().join("owners"));
                for _ in 0..5000 {
                    let lock = owners.take("00112233445566778899aabbccddeeff", Missing::Make).unwrap();
                    let Found::Free(lock) = lock else { continue };
                    assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "two hold it");
                    held.fetch_add(1, Ordering::SeqCst);
                    thread::yield_now();
                    holders.fetch_sub(1, Ordering::SeqCst);
                    lock.remove().unwrap();
                }
            });
        }
    });
    assert!(held.into_inner() > 0);
}
