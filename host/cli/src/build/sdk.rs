//! The SDKs, which are inside of the binary: [`Sdk`].
//!
//! Nothing is published yet, and a user has no checkout. So an SDK is unpacked once, into the user's cache, under a name with
//! its digest: what is there is whole, and no other version's.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use nix::unistd::dup;

use crate::language::Language;
use crate::problem::{Failure, Problem};
use crate::status::Status;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// An SDK on the disk, laid out as the repository is.
#[derive(Clone, Debug)]
pub(crate) struct Sdk {
    folder: PathBuf,
}

impl Sdk {
    /// That of a language.
    pub(crate) fn of(language: Language) -> Result<Self, Failure> {
        Self::finished(language, |_| Ok(()))
    }

    /// The same, where more is to be done than to unpack it: `finish` is given the folder before that gets its name.
    pub(crate) fn finished(
        language: Language,
        finish: impl FnOnce(&Path) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let (name, parts) = parts(language);
        let texts: Vec<_> =
            TEXTS.iter().filter(|(path, _)| parts.iter().any(|part| is_in(path, part))).collect();
        let mut digest = blake3::Hasher::new();
        for (path, text) in &texts {
            digest.update(path.as_bytes()).update(&[0]).update(text.as_bytes()).update(&[0]);
        }
        let tools = tools()?;
        let folder = tools.join(format!("{name}-{}", &digest.finalize().to_hex()[..16]));
        if !folder.is_dir() {
            // Others wait for the one that makes it; what one left that was killed is made anew.
            let _lock = lock(&folder).map_err(|error| unusable(&tools, &error))?;
            if !folder.is_dir() {
                let beside = folder.with_extension("part");
                unpack(&beside, &texts).map_err(|error| unusable(&tools, &error))?;
                finish(&beside)?;
                fs::rename(&beside, &folder).map_err(|error| unusable(&tools, &error))?;
            }
        }
        Ok(Self { folder })
    }

    /// Makes `.ambit` in a project lead here, for its tests and for editors.
    pub(crate) fn link(&self, project: Option<&Path>) -> Result<(), Failure> {
        project.map_or(Ok(()), |project| link(&project.join(".ambit"), &self.folder))
    }

    /// A file or a folder in it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

/// Makes a link, or makes one lead elsewhere. What is no link is the user's own, and is left.
pub(crate) fn link(link: &Path, to: &Path) -> Result<(), Failure> {
    // Ours lead into a project's `.ambit`, and that to where the SDKs are. Any other is the user's own, too.
    let is_ours = |leads_to: &Path| {
        leads_to.components().any(|part| part.as_os_str() == ".ambit")
            || tools().is_ok_and(|tools| leads_to.starts_with(tools))
            || (!leads_to.exists() && link.ends_with(".ambit"))
    };
    let is_other = match fs::read_link(link) {
        Ok(leads_to) => leads_to != to && is_ours(&leads_to),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_other {
        return Ok(());
    }
    let beside = link.with_extension(format!("{}", std::process::id()));
    let folder = Path::new(".").join(link.parent().unwrap_or(Path::new("")));
    let made = fs::create_dir_all(folder)
        .and_then(|()| symlink(to, &beside))
        .and_then(|()| fs::rename(&beside, link));
    made.map_err(|error| {
        Problem::new(format!("the link `{}` cannot be made", link.display()))
            .because_of(&error)
            .ends(Status::Setup)
    })
}

/// The text of each file of the project that `ambit new` makes in a language.
pub(crate) fn template(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    let folder = format!("guest/templates/{}/", language.word());
    TEXTS.iter().filter_map(move |(path, text)| Some((path.strip_prefix(&*folder)?, *text)))
}

/// The folder of all that is installed once: that of `AMBIT_TOOLS`, or one in the user's cache.
pub(crate) fn tools() -> Result<PathBuf, Failure> {
    let named = env::var_os("AMBIT_TOOLS").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = named.or_else(|| Some(dirs::cache_dir()?.join("ambit-tools"))).ok_or_else(|| {
        let wrong = Problem::new("this user has no place for what builds plugins");
        wrong.help("the variable AMBIT_TOOLS names a folder").ends(Status::Setup)
    })?;
    std::path::absolute(&folder).map_err(|error| unusable(&folder, &error))
}

/// What its folder is called, and what is in it.
fn parts(language: Language) -> (&'static str, &'static [&'static str]) {
    match language {
        Language::C => ("c", &["guest/c", "wit"]),
        Language::JavaScript | Language::TypeScript => ("js", &["guest/js", "wit"]),
        Language::Python => ("python", &["guest/python", "wit"]),
        Language::Rust => ("rust", &["Cargo.toml", "guest/rust", "wit"]),
        Language::Zig => ("zig", &["guest/c", "guest/zig", "wit"]),
    }
}

fn is_in(path: &str, part: &str) -> bool {
    path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Held until the file is closed, by the system: also if this process is killed. What it starts meanwhile has it too, so that none
/// goes on unseen.
fn lock(folder: &Path) -> io::Result<OwnedFd> {
    fs::create_dir_all(folder.parent().unwrap_or(folder))?;
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock()?;
    // A duplicate is inherited, as the file itself is not.
    Ok(dup(&lock)?)
}

fn unpack(folder: &Path, texts: &[&(&str, &str)]) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::create_dir(folder)?,
    }
    for (path, text) in texts {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn unusable(folder: &Path, error: &io::Error) -> Failure {
    Problem::new(format!("the folder `{}` cannot be used for what builds plugins", folder.display()))
        .because_of(error)
        .help("the variable AMBIT_TOOLS names another")
        .ends(Status::Setup)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_an_sdk_and_a_project() {
        for language in Language::ALL {
            for part in parts(*language).1 {
                assert!(TEXTS.iter().any(|(path, _)| is_in(path, part)), "{language:?}: {part}");
            }
            assert!(template(*language).any(|(path, _)| path == "README.md"), "{language:?}");
        }
    }

    #[test]
    fn no_more_of_the_workspace_is_in_it_than_the_sdk_for_rust() {
        let (_, manifest) = TEXTS.iter().find(|(path, _)| *path == "Cargo.toml").unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let members: Vec<_> = manifest["workspace"]["members"].as_array().unwrap().iter().collect();
        assert_eq!(
            members,
            ["guest/rust", "guest/rust/macros", "wit/kinds"].map(toml::Value::from).each_ref()
        );
    }
}
