//! Who may claim what, and what becomes of it.

use super::*;

/// The only claim there is.
fn claim(journal: &Opened) -> Claim<'_> {
    let claims: Vec<_> = journal.claim().collect::<Result<_, Problem>>().unwrap();
    let [claim] = claims.try_into().unwrap();
    claim
}

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
    let refused = other.forget(held.entries()[0].id).unwrap_err();
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
fn what_a_live_owner_marked_only_that_owner_claims() {
    let folder = tempfile::tempdir().unwrap();
    let (owner, other) = (open(folder.path()), open(folder.path()));
    begin(&owner, "1");
    let marked = begin(&owner, "2");
    begin(&owner, "3");
    assert_eq!(claimable(&owner), Vec::<String>::new());
    owner.mark_lost(marked, "it trapped").unwrap();
    let expected = [("1", Status::Live), ("2", Status::Lost), ("3", Status::Live)];
    let expected = expected.map(|(state, status)| (state.to_owned(), status));
    assert_eq!((listed(&owner), listed(&other)), (expected.to_vec(), expected.to_vec()));
    assert_eq!(claimable(&other), Vec::<String>::new());
    assert!(other.forget(marked).unwrap_err().to_string().contains("its owner lives"));

    let held = claim(&owner);
    assert_eq!(held.entries().len(), 1);
    assert_eq!((&*held.entries()[0].state, held.entries()[0].attempts), ("2", 1));
    assert_eq!(claimable(&owner), Vec::<String>::new());
    assert_eq!(listed(&owner)[1].1, Status::Claimed);
    assert!(owner.forget(marked).is_err());
    drop(held);
    assert_eq!(claimable(&owner), ["2"]);
    assert!(owner.forget(marked).unwrap());
    drop(owner);
    assert_eq!(claimable(&other), ["3", "1"]);
}

#[test]
fn what_is_lost_can_be_forgotten_once_and_what_lives_cannot() {
    let folder = lost(&["1", "2"]);
    let (owner, other) = (open(folder.path()), open(folder.path()));
    let live = begin(&owner, "3");
    for journal in [&owner, &other] {
        let refused = journal.forget(live).unwrap_err();
        let message = refused.to_string();
        let pid = format!("with the process id {}", std::process::id());
        assert!(message.contains("its owner lives") && message.contains(&pid), "{message}");
        assert_eq!(refused.help(), Some("end it first"));
    }
    assert!(other.forget(Id(1)).unwrap());
    assert!(!other.forget(Id(1)).unwrap());
    assert_eq!(names(&folder.path().join("owners")).len(), 2);
    assert!(owner.forget(Id(2)).unwrap());
    // The owner of both was removed with the last.
    assert_eq!(names(&folder.path().join("owners")).len(), 1);
    assert_eq!(listed(&other), [("3".to_owned(), Status::Live)]);
}

#[test]
fn claims_are_taken_one_by_one_and_another_may_take_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let dead = [open(folder.path()), open(folder.path()), open(folder.path())];
    for (journal, state) in dead.iter().zip(["1", "2", "3"]) {
        begin(journal, state);
    }
    drop(dead);
    let (one, other) = (open(folder.path()), open(folder.path()));
    let mut claims = one.claim();
    let last = claims.next().unwrap().unwrap();
    assert_eq!(last.entries()[0].state, "3");
    let rest: Vec<_> = other.claim().map(Result::unwrap).collect();
    assert_eq!(rest.len(), 2);
    assert!(claims.next().is_none());
}

#[test]
fn an_owner_whose_lock_file_was_removed_is_claimed_by_one() {
    let folder = lost(&["1"]);
    std::fs::remove_dir_all(folder.path().join("owners")).unwrap();
    let (one, other) = (open(folder.path()), open(folder.path()));
    assert_eq!(listed(&one), [("1".to_owned(), Status::Lost)]);
    let held = claim(&one);
    assert_eq!(claimable(&other), Vec::<String>::new());
    drop(held);
    assert!(other.forget(Id(1)).unwrap());
    assert_eq!(listed(&one), []);
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
    std::fs::write(folder.path().join("plugins/.unfinished-2"), "").unwrap();
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
