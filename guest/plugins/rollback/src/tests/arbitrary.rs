//! Whatever a body does is undone.

use std::cell::{Cell, RefCell};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ambit_guest::testing::{enter, grant, json, on_leave, recover};
use ambit_plugin_files::stop;
use proptest::prelude::*;
use serde_json::Value;

use super::{Place, failed, tree};
use crate::rollback;

/// Something that a body does. It may fail: then it did nothing, or a part of it.
#[derive(Clone, Debug)]
enum Act {
    Write(PathBuf, u8),
    Append(PathBuf),
    Make(PathBuf),
    Remove(PathBuf),
    Rename(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    Second(PathBuf, PathBuf),
    Date(PathBuf),
}

fn path() -> impl Strategy<Value = PathBuf> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..4)
        .prop_map(|names| names.into_iter().collect())
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (path(), any::<u8>()).prop_map(|(path, byte)| Act::Write(path, byte)),
        1 => path().prop_map(Act::Append),
        3 => path().prop_map(Act::Make),
        2 => path().prop_map(Act::Remove),
        2 => (path(), path()).prop_map(|(from, to)| Act::Rename(from, to)),
        1 => (path(), path()).prop_map(|(from, to)| Act::Link(from, to)),
        1 => (path(), path()).prop_map(|(from, to)| Act::Second(from, to)),
        1 => path().prop_map(Act::Date),
    ]
}

fn play(root: &Path, acts: &[Act]) {
    for act in acts {
        let _ = match act {
            Act::Write(path, byte) => fs::write(root.join(path), vec![*byte; usize::from(*byte)]),
            Act::Append(path) => fs::read(root.join(path))
                .and_then(|content| fs::write(root.join(path), [content.as_slice(), b"more"].concat())),
            Act::Make(path) => fs::create_dir_all(root.join(path)),
            Act::Remove(path) => {
                fs::remove_dir_all(root.join(path)).or_else(|_| fs::remove_file(root.join(path)))
            }
            Act::Rename(from, to) => fs::rename(root.join(from), root.join(to)),
            Act::Link(target, path) => symlink(target, root.join(path)),
            Act::Second(from, to) => fs::hard_link(root.join(from), root.join(to)),
            Act::Date(path) => fs::File::open(root.join(path))
                .and_then(|file| file.set_modified(std::time::SystemTime::UNIX_EPOCH)),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_body_that_fails_changes_nothing(
        first in prop::collection::vec(act(), 0..20),
        paths in prop::collection::vec(path(), 1..3),
        body in prop::collection::vec(act(), 0..20),
    ) {
        let folder = tempfile::tempdir().unwrap();
        grant([folder.path()]);
        play(folder.path(), &first);
        let paths: Vec<_> = paths.into_iter().filter(|path| !leads_through_link(folder.path(), path)).collect();
        prop_assume!(!paths.is_empty());
        let roots: Vec<_> = paths.iter().map(|path| folder.path().join(path)).collect();
        let before: Vec<_> = roots.iter().map(|root| tree::scan(root)).collect();

        let entered = enter(rollback, json!({"paths": roots})).unwrap();
        let copies = folders(folder.path());
        play(folder.path(), &body);
        let whole = folders(folder.path()) == copies;
        // The body may have put something else in place of the directory that a path is in: that is not named.
        let reachable: Vec<_> = paths.iter().map(|path| is_reachable(folder.path(), path)).collect();
        let error = failed();
        let ended = entered.exit(Err(error.clone())).unwrap_err();

        if whole && reachable.iter().all(|reachable| *reachable) {
            prop_assert!(ended.is_same(&error), "{:?} {:?}", ended, ended.members());
            prop_assert_eq!(folders(folder.path()), [] as [PathBuf; 0]);
        }
        if ended.is_same(&error) {
            for (root, before) in roots.iter().zip(&before) {
                let mut after = tree::scan(root);
                // A directory that was renamed to a path took along the copies in it.
                after.retain(|path, _| !path.to_string_lossy().contains("ambit-rollback") || whole);
                prop_assert_eq!(before, &after);
            }
        } else {
            prop_assert!(ended.is("rollback:incomplete"));
        }
    }

    #[test]
    fn a_scope_that_is_lost_anywhere_is_recovered(
        first in prop::collection::vec(act(), 0..20),
        paths in prop::collection::vec(path(), 1..3),
        body in prop::collection::vec(act(), 0..20),
        changes in 0..150_usize,
        cut in 0..100_usize,
    ) {
        let place = Place::in_memory();
        let root = place.at("");
        play(&root, &first);
        let paths: Vec<_> = paths.into_iter().filter(|path| !leads_through_link(&root, path)).collect();
        prop_assume!(!paths.is_empty());
        let roots: Vec<_> = paths.iter().map(|path| root.join(path)).collect();
        let before: Vec<_> = roots.iter().map(|root| tree::scan(root)).collect();
        let left: Rc<RefCell<Option<Value>>> = Rc::default();
        let own = Rc::clone(&left);
        on_leave(move |state| {
            own.replace(Some(serde_json::from_str(state)?));
            Ok(())
        });

        let whole = Cell::new(true);
        let ended = stop::after(changes, || {
            let entered = enter(rollback, json!({"paths": roots})).unwrap();
            let copies = folders(&root);
            play(&root, &body);
            let reachable = paths.iter().all(|path| is_reachable(&root, path));
            whole.set(reachable && folders(&root) == copies);
            entered.exit(Err(failed())).unwrap_err()
        });
        if ended.is_none() && let Some(left) = left.take() {
            let _ = stop::after(cut, || recover(rollback, &left));
            let recovered = recover(rollback, &left);
            if whole.get() {
                recovered.unwrap();
                prop_assert_eq!(folders(&root), [] as [PathBuf; 0]);
                for (root, before) in roots.iter().zip(&before) {
                    prop_assert_eq!(before, &tree::scan(root));
                }
            }
            let again = recover(rollback, &left);
            prop_assert!(again.is_ok() || !whole.get(), "{:?}", again);
        }
    }
}

/// The folders of copies.
fn folders(root: &Path) -> Vec<PathBuf> {
    let all = tree::scan(root).into_keys();
    all.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("ambit-rollback")))
        .collect()
}

fn leads_through_link(root: &Path, path: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .any(|above| fs::symlink_metadata(root.join(above)).is_ok_and(|it| it.is_symlink()))
}

/// Whether each directory above the path is one, or nothing.
fn is_reachable(root: &Path, path: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .all(|above| fs::symlink_metadata(root.join(above)).map_or(true, |it| it.is_dir()))
}
