//! Who may claim what, and what becomes of it.

use super::*;

/// A folder in which an owner was lost with entries of these states, in this order.
fn lost(states: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let dead = open(folder.path());
    for state in states {
        begin(&dead, state);
    }
    folder
}

#[test]
fn what_is_claimed_nobody_else_can_claim_or_forget() {
    let folder = lost(&["1"]);
    let (one, other) = (open(folder.path()), open(folder.path()));
    let held = claim(&one);
    assert_eq!(claimable(&other), Vec::<String>::new());
    assert_eq!(claimable(&one), Vec::<String>::new());
    assert_eq!(listed(&other), [("1".to_owned(), Status::Claimed)]);
    assert_eq!(listed(&one), [("1".to_owned(), Status::Claimed)]);
    let refused = other.forget(&[held.entries()[0].id]).unwrap_err();
    assert_eq!(refused.to_string(), "the scope 1 cannot be forgotten: it is being recovered");
    drop(held);
    assert_eq!(listed(&other), [("1".to_owned(), Status::Lost)]);
    assert_eq!(claimable(&other), ["1"]);
}

#[test]
fn what_is_recovered_is_gone_and_nothing_of_its_owner_stays() {
    let folder = lost(&["1", "2"]);
    let journal = open(folder.path());
    let held = claim(&journal);
    for entry in held.entries() {
        held.done(entry).unwrap();
    }
    assert_eq!(names(&folder.path().join("owners")).len(), 1);
    drop(held);
    assert_eq!(listed(&journal), []);
    assert_eq!(names(&folder.path().join("owners")), Vec::<String>::new());
    assert_eq!(names(&folder.path().join("plugins")), Vec::<String>::new());
}

#[test]
fn a_recovery_that_fails_stays_with_its_error_and_is_counted() {
    let folder = lost(&["1", "2", "3"]);
    let journal = open(folder.path());
    for (attempts, error) in [(1, "it trapped"), (2, "it took too long")] {
        let held = claim(&journal);
        for entry in held.entries() {
            if entry.state == "2" {
                assert_eq!(entry.attempts, attempts - 1);
                held.failed(entry, error).unwrap();
            } else {
                held.done(entry).unwrap();
            }
        }
        drop(held);
        let [entry] = journal.list().unwrap().try_into().unwrap();
        assert_eq!((&*entry.state, entry.status, entry.attempts), ("2", Status::Lost, attempts));
        assert_eq!(entry.error.as_deref(), Some(error));
        assert!(entry.attempted.unwrap() >= entry.entered);
    }
    assert_eq!(names(&folder.path().join("plugins")).len(), 1);
}

#[test]
fn what_a_live_owner_abandons_anybody_can_claim_or_forget() {
    let folder = tempfile::tempdir().unwrap();
    let (owner, other) = (open(folder.path()), open(folder.path()));
    begin(&owner, "1");
    let [second, third] = ["2", "3"].map(|state| begin(&owner, state));
    begin(&owner, "4");
    for id in [second, third] {
        owner.abandon(id, "it trapped").unwrap();
    }
    let expected = [("1", Status::Live), ("2", Status::Lost), ("3", Status::Lost), ("4", Status::Live)];
    let expected = expected.map(|(state, status)| (state.to_owned(), status));
    assert_eq!((listed(&owner), listed(&other)), (expected.to_vec(), expected.to_vec()));
    assert_eq!(names(&folder.path().join("owners")).len(), 2);

    let held = claim(&other);
    assert_eq!((&*held.entries()[0].state, held.entries()[0].attempts), ("3", 1));
    assert_eq!(claimable(&owner), Vec::<String>::new());
    assert_eq!(listed(&owner)[1].1, Status::Claimed);
    assert!(owner.forget(&[second]).is_err());
    drop(held);
    assert!(owner.forget(&[third]).unwrap());
    assert_eq!(claimable(&owner), ["2"]);
    drop(owner);
    assert_eq!(claimable(&other), ["4", "2", "1"]);
}

#[test]
fn what_was_abandoned_can_be_claimed_though_the_owner_left_its_handle_to_a_process() {
    let folder = tempfile::tempdir().unwrap();
    let owner = open(folder.path());
    let id = begin(&owner, "1");
    let handle = owner.owner_handle().unwrap();
    owner.abandon(id, "it trapped").unwrap();
    drop(owner);
    assert_eq!(claimable(&open(folder.path())), ["1"]);
    drop(handle);
}

#[test]
fn what_is_lost_can_be_forgotten_once_and_what_lives_cannot() {
    let folder = lost(&["1", "2"]);
    let (owner, other) = (open(folder.path()), open(folder.path()));
    let live = begin(&owner, "3");
    for journal in [&owner, &other] {
        let refused = journal.forget(&[live]).unwrap_err();
        let message = refused.to_string();
        let pid = format!("with the process id {}", std::process::id());
        assert!(message.contains("its owner lives") && message.contains(&pid), "{message}");
        assert_eq!(refused.help(), Some("end it first"));
    }
    assert!(other.forget(&[Id(1)]).unwrap());
    assert!(!other.forget(&[Id(1)]).unwrap());
    assert_eq!(names(&folder.path().join("owners")).len(), 2);
    assert!(owner.forget(&[Id(2)]).unwrap());
    // The owner of both was removed with the last.
    assert_eq!(names(&folder.path().join("owners")).len(), 1);
    assert_eq!(listed(&other), [("3".to_owned(), Status::Live)]);
}

#[test]
fn only_what_is_wanted_is_claimed_and_the_rest_is_told() {
    let folder = lost(&["1", "2"]);
    let dead = open(folder.path());
    begin(&dead, "3");
    drop(dead);
    let (one, other) = (open(folder.path()), open(folder.path()));
    begin(&other, "4");
    let held = one.claim(|entry| entry.state == "2").unwrap();
    let states = |entries: &[Listed]| entries.iter().map(|entry| entry.state.clone()).collect::<Vec<_>>();
    assert_eq!(states(held.entries()), ["2"]);
    assert_eq!(states(held.left()), ["1", "3", "4"]);
    // What nobody wanted is free.
    let rest = claim(&other);
    assert_eq!(states(rest.entries()), ["3"]);
    let left = rest.left().iter().map(|entry| entry.status).collect::<Vec<_>>();
    assert_eq!(left, [Status::Claimed, Status::Claimed, Status::Live]);
}

#[test]
fn an_owner_whose_lock_file_was_removed_may_live_and_is_claimed_only_if_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let (live, one, other) = (open(folder.path()), open(folder.path()), open(folder.path()));
    begin(&live, "1");
    std::fs::remove_dir_all(folder.path().join("owners")).unwrap();
    assert_eq!(listed(&one), [("1".to_owned(), Status::Unknown)]);
    assert_eq!(claimable(&one), Vec::<String>::new());
    let held = one.claim(|_| true).unwrap();
    assert_eq!(held.entries().len(), 1);
    assert!(other.claim(|_| true).unwrap().entries().is_empty());
    drop(held);
    assert!(live.update(Id(1), "2", LONG).is_err());
}

#[test]
fn a_scope_whose_owner_s_lock_file_was_removed_can_be_forgotten() {
    let folder = lost(&["1", "2"]);
    std::fs::remove_dir_all(folder.path().join("owners")).unwrap();
    let journal = open(folder.path());
    assert!(journal.forget(&[Id(1)]).unwrap());
    // That one is given up says nothing of its owner, nor of what else that has.
    assert_eq!(listed(&journal), [("2".to_owned(), Status::Unknown)]);
    assert_eq!(claimable(&journal), Vec::<String>::new());
    assert!(journal.forget(&[Id(2)]).unwrap());
    assert_eq!(listed(&journal), []);
    assert_eq!(claimable(&journal), Vec::<String>::new());
    assert_eq!(names(&folder.path().join("owners")), Vec::<String>::new());
    assert_eq!(names(&folder.path().join("plugins")), Vec::<String>::new());
    assert_eq!(owners(folder.path()), 0);
}

#[test]
fn what_was_unknown_and_is_claimed_is_lost_with_all_of_its_owner_if_it_is_not_recovered() {
    let folder = lost(&["1", "2", "3"]);
    std::fs::remove_dir_all(folder.path().join("owners")).unwrap();
    let journal = open(folder.path());
    let held = journal.claim(|_| true).unwrap();
    let [third, second, _] = held.entries() else { panic!("all are claimed") };
    held.done(third).unwrap();
    held.failed(second, "it trapped").unwrap();
    // As if the claimer had died ahead of the first.
    drop(held);
    let left = [("1".to_owned(), Status::Lost), ("2".to_owned(), Status::Lost)];
    assert_eq!(listed(&journal), left);
}

#[test]
fn the_next_that_claims_cleans_up_what_the_dead_left() {
    let folder = tempfile::tempdir().unwrap();
    let live = open(folder.path());
    begin_of(&live, b"of the living", "1");
    // As if it had died right after the last `end`, before it could clean up.
    let dead = open(folder.path());
    let id = begin_of(&dead, b"of the dead", "2");
    dead.end(id).unwrap();
    std::fs::write(folder.path().join(".unfinished-1-wal"), "").unwrap();
    // A large plugin that nobody names stays for the next scope, but not half of one.
    std::fs::write(folder.path().join("plugins/.unfinished-2"), vec![0; 2 << 20]).unwrap();
    std::fs::write(folder.path().join("owners/00112233445566778899aabbccddeeff.lock"), "").unwrap();
    let lock = dead.own().take();
    drop(lock);
    drop(dead);
    assert_eq!(names(&folder.path().join("owners")).len(), 3);
    assert_eq!(names(&folder.path().join("plugins")).len(), 3);

    let journal = open(folder.path());
    assert_eq!(claimable(&journal), Vec::<String>::new());
    assert_eq!(names(&folder.path().join("owners")).len(), 1);
    assert_eq!(names(&folder.path().join("plugins")), [format!("{}.wasm", code(b"of the living").digest())]);
    assert!(!names(folder.path()).iter().any(|name| name.starts_with(".unfinished")));
    assert_eq!(listed(&journal), [("1".to_owned(), Status::Live)]);
}

#[test]
fn an_owner_that_ends_leaves_its_scopes_to_who_inherited_the_handle() {
    let folder = tempfile::tempdir().unwrap();
    let owner = open(folder.path());
    begin(&owner, "1");
    let handle = owner.owner_handle().unwrap();
    drop(owner);
    let journal = open(folder.path());
    assert_eq!(listed(&journal), [("1".to_owned(), Status::Live)]);
    assert_eq!(claimable(&journal), Vec::<String>::new());
    // To close it would do, if no other test started a process right now, which has a copy for a moment.
    handle.unlock().unwrap();
    assert_eq!(claimable(&journal), ["1"]);
}
