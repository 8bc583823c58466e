//! The folder of a journal, and what is around it: [`Scratch`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use ambit::ExitStack;
use ambit_fuzz::{PUPPET, Script};
use arbitrary::Arbitrary;
use serde::de::IgnoredAny;

use crate::user::open;

/// What is in the folder as a run begins.
#[derive(Debug, Arbitrary)]
pub(crate) enum Start {
    Nothing,
    /// What a host leaves that dies amid its scopes.
    Killed,
    /// What a host leaves whose scope was lost, and could not be recovered.
    Lost,
    /// This is the database.
    Bytes(Vec<u8>),
}

impl Start {
    pub(crate) fn is_harmed(&self) -> bool {
        matches!(self, Self::Bytes(_))
    }
}

/// Files by their path in a folder; folders have no bytes.
type Files = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// A folder that has the journal's, and another, of which the journal is to know nothing.
pub(crate) struct Scratch {
    root: tempfile::TempDir,
    killed: Files,
    lost: Files,
    outside: Files,
}

impl Scratch {
    /// Does this with the one of this thread.
    pub(crate) fn with(work: impl FnOnce(&Self)) {
        thread_local! {
            static SCRATCH: RefCell<Option<Scratch>> = const { RefCell::new(None) };
        }
        SCRATCH.with_borrow_mut(|scratch| work(scratch.get_or_insert_with(Self::new)));
    }

    fn new() -> Self {
        // In memory, where the system has a folder there: what is synced to a disk takes a thousand times as long.
        let memory = Path::new("/dev/shm");
        let temporary = std::env::temp_dir();
        let place = if memory.is_dir() { memory } else { &temporary };
        let root = tempfile::Builder::new().prefix("ambit-fuzz-").tempdir_in(place);
        let root = root.expect("a folder for scratch can be made");
        let outside = root.path().join("outside");
        for folder in ["owners", "plugins"] {
            fs::create_dir_all(outside.join(folder)).expect("it is in scratch");
        }
        for file in ["journal.sqlite", "x.lock", "x.wasm", ".unfinished-x", "owners/x.lock", "plugins/x.wasm"]
        {
            fs::write(outside.join(file), file).expect("it is in scratch");
        }
        let (killed, lost, outside) = (Files::new(), Files::new(), read(&outside));
        let scratch = Self { root, killed, lost, outside };
        let (killed, lost) = scratch.templates();
        Self { killed, lost, ..scratch }
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.root.path().join("journal")
    }

    /// Journals of hosts that are gone.
    fn templates(&self) -> (Files, Files) {
        self.begin(&Start::Nothing);
        let engine = open(&self.journal()).expect("an empty folder is fine");
        let puppet = engine.load_bytes("puppet", PUPPET).and_then(|plugin| plugin.manager("puppet"));
        let puppet = puppet.expect("it is a plugin").limits(ambit_fuzz::tiny());
        let mut scopes = ExitStack::new();
        for state in ["|", "|second"] {
            scopes
                .enter::<IgnoredAny>(&puppet, Script::leaves(state).inputs())
                .expect("it leaves a checkpoint");
        }
        // It traps in its enter, and in its recovery.
        let lost = scopes.enter::<IgnoredAny>(&puppet, Script::leaves("t").inputs());
        assert!(lost.is_err() && engine.lost().is_ok_and(|lost| lost.len() == 3));
        let killed = read(&self.journal());
        drop((scopes, puppet, engine));
        (killed, read(&self.journal()))
    }

    /// Makes the folder what it is as a run begins.
    pub(crate) fn begin(&self, start: &Start) {
        let journal = self.journal();
        // It is not there the first time.
        let _ = fs::remove_dir_all(&journal);
        fs::DirBuilder::new().mode(0o700).create(&journal).expect("it is in scratch");
        let files = match start {
            Start::Nothing => return,
            Start::Killed => &self.killed,
            Start::Lost => &self.lost,
            Start::Bytes(bytes) => &Files::from([("journal.sqlite".into(), Some(bytes.clone()))]),
        };
        for (path, bytes) in files {
            match bytes {
                None => fs::create_dir(journal.join(path)),
                Some(bytes) => fs::write(journal.join(path), bytes),
            }
            .expect("it is in scratch");
        }
    }

    /// Nothing outside of the journal's folder is other than it was.
    pub(crate) fn check_outside(&self) {
        let root = self.root.path();
        assert!(read(&root.join("outside")) == self.outside, "a file outside was changed");
        let known = ["cache", "journal", "outside"];
        for entry in fs::read_dir(root).expect("it is scratch") {
            let name = entry.expect("it is scratch").file_name();
            assert!(known.iter().any(|known| name == *known), "{name:?} was made");
        }
    }
}

/// All that is in a folder, folders ahead of what is in them.
fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut open = vec![PathBuf::new()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(folder.join(&path)).expect("it is scratch") {
            let entry = entry.expect("it is scratch");
            let path = path.join(entry.file_name());
            if entry.path().is_dir() {
                files.insert(path.clone(), None);
                open.push(path);
            } else {
                files.insert(path, Some(fs::read(entry.path()).expect("it is scratch")));
            }
        }
    }
    files
}
