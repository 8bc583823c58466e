//! Compiled code on disk: what is not exactly what was written is not run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use ambit::{Cache, Engine};

/// The names of the managers of a plugin that is loaded with a cache in this folder.
fn load(folder: &Path, plugin: &str) -> Vec<String> {
    let engine = Engine::builder().cache(Cache::at(folder)).build().unwrap();
    assert_eq!(engine.cache_problem(), None);
    let plugin = engine.load(plugin).unwrap();
    plugin.managers().map(|manager| manager.name.clone()).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut entries: Vec<_> = paths.filter(|path| path.extension().is_some_and(|it| it == "cwasm")).collect();
    entries.sort();
    entries
}

/// The only entry of a folder in which `answers` was loaded.
fn filled(folder: &Path) -> PathBuf {
    load(folder, programs::ANSWERS);
    let [entry] = entries(folder).try_into().unwrap();
    entry
}

/// Checks that an entry that was changed is compiled anew, and written as it was.
#[track_caller]
fn check_not_run(change: impl FnOnce(&Path, &mut Vec<u8>)) {
    let folder = tempfile::tempdir().unwrap();
    let entry = filled(folder.path());
    let written = fs::read(&entry).unwrap();
    let mut changed = written.clone();
    change(folder.path(), &mut changed);
    assert_ne!(changed, written);
    fs::write(&entry, changed).unwrap();
    assert!(load(folder.path(), programs::ANSWERS).contains(&"reraises".to_owned()));
    assert!(fs::read(&entry).unwrap() == written, "it was not written anew");
}

#[test]
#[cfg(unix)]
fn an_entry_is_used_again() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = tempfile::tempdir().unwrap();
    let entry = filled(folder.path());
    let written = fs::metadata(&entry).unwrap().ino();
    load(folder.path(), programs::ANSWERS);
    assert_eq!(fs::metadata(&entry).unwrap().ino(), written, "it was compiled again");
}

#[test]
fn an_entry_with_another_byte_of_code_is_not_run() {
    check_not_run(|_, entry| {
        let middle = entry.len() / 2;
        entry[middle] ^= 1;
    });
}

#[test]
fn an_entry_with_another_hash_is_not_run() {
    check_not_run(|_, entry| entry[0] ^= 1);
}

#[test]
fn an_entry_that_is_cut_off_is_not_run() {
    check_not_run(|_, entry| entry.truncate(100));
    check_not_run(|_, entry| entry.truncate(7));
}

#[test]
fn an_entry_in_the_place_of_another_is_not_run() {
    check_not_run(|folder, entry| {
        load(folder, programs::OUTPUT);
        let own = filled_with(folder, entry);
        let other = entries(folder).into_iter().find(|path| *path != own).unwrap();
        *entry = fs::read(other).unwrap();
    });
}

fn filled_with(folder: &Path, entry: &[u8]) -> PathBuf {
    entries(folder).into_iter().find(|path| fs::read(path).unwrap() == entry).unwrap()
}

#[test]
fn an_entry_of_another_key_is_not_run() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let entry = filled(folder.path());
    let written = fs::read(&entry).unwrap();
    let foreign = filled(other.path());
    assert_eq!(entry.file_name(), foreign.file_name());
    fs::copy(foreign, &entry).unwrap();
    assert_ne!(fs::read(&entry).unwrap(), written, "the keys are the same");
    load(folder.path(), programs::ANSWERS);
    assert!(fs::read(&entry).unwrap() == written, "it was run");
}

#[test]
#[cfg(unix)]
fn a_folder_that_others_may_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let engine = Engine::builder().cache(Cache::at(folder.path())).build().unwrap();
    assert!(engine.cache_problem().unwrap().contains("others may write in it"));
    assert!(engine.load(programs::ANSWERS).is_ok());
    assert!(entries(folder.path()).is_empty());
}

#[test]
#[cfg(unix)]
fn a_key_that_others_may_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    fs::set_permissions(folder.path().join("key"), fs::Permissions::from_mode(0o644)).unwrap();
    let engine = Engine::builder().cache(Cache::at(folder.path())).build().unwrap();
    assert!(engine.cache_problem().unwrap().contains("others may read its key"));
}

/// Checks that the engine works without this cache, and says why.
#[track_caller]
fn check_not_used(cache: &Path) {
    let engine = Engine::builder().cache(Cache::at(cache)).build().unwrap();
    let problem = engine.cache_problem().unwrap_or_else(|| panic!("`{}` is used", cache.display()));
    assert!(
        problem.starts_with(&format!("the cache folder `{}` cannot be used: ", cache.display())),
        "{problem}"
    );
    assert!(engine.load(programs::ANSWERS).is_ok(), "{problem}");
}

#[test]
fn a_folder_that_cannot_be_made_leaves_the_engine_without_a_cache() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    check_not_used(&file);
    check_not_used(&file.join("cache"));
    check_not_used(&folder.path().join("long".repeat(100)));
    check_not_used(Path::new(""));
}

#[test]
#[cfg(unix)]
fn a_link_that_leads_nowhere_leaves_the_engine_without_a_cache() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
    check_not_used(&link);
    check_not_used(&link.join("cache"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_system_that_takes_no_files_leaves_the_engine_without_a_cache() {
    // Not even root can make files there.
    check_not_used(Path::new("/proc"));
    check_not_used(Path::new("/proc/ambit/cache"));
}

#[test]
#[cfg(unix)]
fn a_folder_without_permissions_is_used_only_by_whom_they_do_not_bind() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("closed");
    fs::create_dir(&folder).unwrap();
    for mode in [0o000, 0o500] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        // They do not bind root.
        if fs::write(folder.join("probe"), "").is_ok() {
            load(&folder, programs::ANSWERS);
        } else {
            check_not_used(&folder);
        }
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_key_that_cannot_be_read_leaves_the_engine_without_a_cache() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    fs::create_dir(&key).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o700)).unwrap();
    }
    check_not_used(folder.path());
}

#[test]
fn a_key_that_is_cut_off_leaves_the_engine_without_a_cache() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let key = fs::OpenOptions::new().write(true).open(folder.path().join("key")).unwrap();
    key.set_len(31).unwrap();
    check_not_used(folder.path());
}

#[test]
fn the_cache_is_not_granted_and_what_is_around_it_is_told() {
    use ambit::{Dir, ErrorKind};
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let engine = Engine::builder().cache(Cache::at(&cache)).build().unwrap();
    let manager = engine.load(programs::ANSWERS).unwrap().manager("reraises").unwrap();
    let inside = cache.join("inside");
    fs::create_dir(&inside).unwrap();
    for own in [&cache, &inside] {
        let error = manager.clone().grant(Dir::read_write(own)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Grant);
        assert!(error.to_string().contains("any code"), "{error}");
        assert!(manager.clone().grant(Dir::read_only(own)).is_err());
    }
    let beside = folder.path().join("beside");
    fs::create_dir(&beside).unwrap();
    assert_eq!(engine.reserved_in(&beside), None);
    assert_eq!(engine.reserved_in(folder.path()), Some(&*cache.canonicalize().unwrap()));
    assert!(manager.grant(Dir::read_write(folder.path())).is_ok());
}
