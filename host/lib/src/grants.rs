//! Rights that the host's user gives to a manager: [`Grant`]. This is the only place that decides what a plugin may reach.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::ResourceTable;
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemCtx, WasiFilesystemCtxView};
use wasmtime_wasi::p2::bindings::filesystem::preopens::Host as _;
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::plugin::Plugin;
use crate::record::{self, Identity};

/// A directory that a manager may reach, with all that is in it.
#[derive(Clone, Debug)]
pub struct Dir {
    host: PathBuf,
    guest: Option<String>,
    perms: FsPerms,
}

/// A variable that a manager finds in its environment.
#[derive(Clone, Debug)]
pub struct Env {
    name: String,
    value: Option<String>,
}

/// An address that a manager may connect to by TCP.
#[derive(Clone, Debug)]
pub struct Net {
    address: String,
}

/// A right that is given to a manager: without any it reaches nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Grant {
    /// A directory.
    Dir(Dir),
    /// A variable of the environment.
    Env(Env),
    /// An address.
    Net(Net),
}

impl Dir {
    /// A directory whose files may be read and written, made and removed. The guest sees it under the same path.
    pub fn read_write(host: impl Into<PathBuf>) -> Self {
        Self { host: host.into(), guest: None, perms: FsPerms::ReadWrite }
    }

    /// A directory whose files may be read. The guest sees it under the same path.
    pub fn read_only(host: impl Into<PathBuf>) -> Self {
        Self { perms: FsPerms::ReadOnly, ..Self::read_write(host) }
    }

    /// Under which path the guest sees it.
    #[must_use]
    pub fn at(self, guest: impl Into<String>) -> Self {
        Self { guest: Some(guest.into()), ..self }
    }
}

impl Env {
    /// A variable with this value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Some(value.into()) }
    }

    /// A variable with the value that it has in this process.
    pub fn inherit(name: impl Into<String>) -> Self {
        Self { name: name.into(), value: None }
    }
}

impl Net {
    /// `HOST:PORT`. A host that is a name is looked up when it is granted, and the guest may then look up names, since it
    /// has to find the same address.
    pub fn connect(address: impl Into<String>) -> Self {
        Self { address: address.into() }
    }
}

impl From<Dir> for Grant {
    fn from(dir: Dir) -> Self {
        Self::Dir(dir)
    }
}

impl From<Env> for Grant {
    fn from(env: Env) -> Self {
        Self::Env(env)
    }
}

impl From<Net> for Grant {
    fn from(net: Net) -> Self {
        Self::Net(net)
    }
}

/// All rights of a manager. Directories are opened when they are granted, not by each scope.
#[derive(Clone, Default)]
pub(crate) struct Rights {
    granted: Vec<Granted>,
    directories: WasiFilesystemCtx,
    variables: Vec<Variable>,
    addresses: Arc<BTreeSet<SocketAddr>>,
    may_look_up: bool,
    denied: Denied,
}

/// A directory that is granted.
#[derive(Clone, Debug)]
struct Granted {
    host: PathBuf,
    guest: String,
    perms: FsPerms,
    identity: Identity,
}

/// A variable that is granted.
#[derive(Clone, Debug)]
struct Variable {
    name: String,
    value: String,
    /// Whether the value is that of this process.
    inherited: bool,
}

/// Addresses that were wanted and are not granted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Denied(Arc<Mutex<BTreeSet<SocketAddr>>>);

impl Denied {
    /// What was denied until now.
    pub(crate) fn addresses(&self) -> Vec<String> {
        self.set().iter().map(ToString::to_string).collect()
    }

    fn set(&self) -> std::sync::MutexGuard<'_, BTreeSet<SocketAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rights {
    /// Adds a right. Folders that are `reserved`, and what is in them, are not granted for writing.
    pub(crate) fn add(&mut self, grant: Grant, reserved: &[PathBuf], reaches: Reaches) -> Result<(), Error> {
        match grant {
            Grant::Dir(dir) => self.add_dir(dir, reserved, reaches),
            Grant::Env(env) => self.add_env(env),
            Grant::Net(net) => self.add_net(&net),
        }
    }

    pub(crate) fn reach_files(&self) -> bool {
        !self.granted.is_empty()
    }

    pub(crate) fn denied(&self) -> &Denied {
        &self.denied
    }

    fn add_dir(&mut self, dir: Dir, reserved: &[PathBuf], reaches: Reaches) -> Result<(), Error> {
        self.name_dir(dir, Identity::default(), reserved)?;
        self.open(reaches)
    }

    /// Adds a directory that is to be [opened](Self::open) yet.
    fn name_dir(&mut self, dir: Dir, identity: Identity, reserved: &[PathBuf]) -> Result<(), Error> {
        let guest = match dir.guest {
            Some(guest) => guest,
            None => utf8(&dir.host)?.to_owned(),
        };
        // `etc/` and `etc` are one name, and a guest would take them for two.
        let guest = match guest.trim_end_matches('/') {
            "" if guest.is_empty() => return Err(unnamed("directory")),
            "" => "/".to_owned(),
            name => name.to_owned(),
        };
        let host = std::path::absolute(&dir.host).unwrap_or(dir.host);
        refuse_reserved(&host, reserved)?;
        if let Some(known) = self.granted.iter().find(|known| known.guest == guest && known.host != host) {
            let message = format!("`{guest}` is the name of `{}` already", known.host.display());
            return Err(Error::new(ErrorKind::Grant, message).with_help("grant it under another name"));
        }
        self.granted.retain(|known| known.guest != guest);
        self.granted.push(Granted { host, guest, perms: dir.perms, identity });
        Ok(())
    }

    /// Opens all directories that are granted, those of earlier grants anew: they can only be had as a whole.
    fn open(&mut self, reaches: Reaches) -> Result<(), Error> {
        let mut ctx = WasiCtxBuilder::new();
        // Each directory keeps this, and so does what they are in.
        ctx.allow_blocking_current_thread(reaches == Reaches::Here);
        for Granted { host, guest, perms, .. } in &self.granted {
            ctx.preopened_dir(host, guest, *perms).map_err(|error| {
                let why = error.root_cause();
                let message = format!("the directory `{}` cannot be granted: {why}", host.display());
                Error::new(ErrorKind::Grant, message)
                    .with_help("it must exist, and you must be allowed to open it")
            })?;
        }
        let mut directories = std::mem::take(ctx.build().filesystem());
        let opened = identities(&mut directories).map_err(|error| {
            Error::new(
                ErrorKind::Grant,
                format!("the directories that are granted cannot be looked at: {error}"),
            )
        })?;
        for (granted, identity) in self.granted.iter_mut().zip(opened) {
            granted.identity = identity;
        }
        self.directories = directories;
        Ok(())
    }

    fn add_env(&mut self, Env { name, value }: Env) -> Result<(), Error> {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(unnamed("variable"));
        }
        let inherited = value.is_none();
        let value = match value {
            Some(value) => value,
            None => std::env::var(&name).map_err(|error| {
                Error::new(ErrorKind::Grant, format!("the variable `{name}` cannot be passed on: {error}"))
                    .with_help(format!("set it, or give it a value: {name}=VALUE"))
            })?,
        };
        self.variables.retain(|known| known.name != name);
        self.variables.push(Variable { name, value, inherited });
        Ok(())
    }

    fn add_net(&mut self, Net { address }: &Net) -> Result<(), Error> {
        let found = address.to_socket_addrs().map_err(|error| {
            Error::new(ErrorKind::Grant, format!("the address `{address}` cannot be granted: {error}"))
                .with_help("write it as HOST:PORT, such as 127.0.0.1:5432, [::1]:5432 or db.example:5432")
        })?;
        Arc::make_mut(&mut self.addresses).extend(found);
        let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
        self.may_look_up |= host.trim_matches(['[', ']']).parse::<IpAddr>().is_err();
        Ok(())
    }

    /// These rights, to be written down; `None` where a directory's name is not UTF-8.
    pub(crate) fn record(&self) -> Option<record::Rights> {
        let directories = self.granted.iter().map(|Granted { host, guest, perms, identity }| {
            let (host, writable) = (host.to_str()?.to_owned(), *perms == FsPerms::ReadWrite);
            Some(record::Directory { host, guest: guest.clone(), writable, identity: *identity })
        });
        let variables = self.variables.iter().map(|Variable { name, value, inherited }| record::Variable {
            name: name.clone(),
            value: (!inherited).then(|| value.clone()),
        });
        Some(record::Rights {
            directories: directories.collect::<Option<_>>()?,
            variables: variables.collect(),
            addresses: self.addresses.iter().copied().collect(),
            may_look_up: self.may_look_up,
        })
    }

    /// The rights that were written down. A variable of the process that is not set any more is left out; a directory that is
    /// another now is an error: nothing in it is what the scope held.
    pub(crate) fn recorded(
        record: record::Rights,
        reserved: &[PathBuf],
        reaches: Reaches,
    ) -> Result<Self, Error> {
        let record::Rights { directories, variables, addresses, may_look_up } = record;
        let addresses = Arc::new(addresses.into_iter().collect());
        let mut rights = Self { addresses, may_look_up, ..Self::default() };
        for record::Directory { host, guest, writable, identity } in directories {
            let dir = if writable { Dir::read_write(&host) } else { Dir::read_only(&host) };
            rights.name_dir(dir.at(guest), identity, reserved)?;
        }
        let recorded: Vec<_> = rights.granted.iter().map(|granted| granted.identity).collect();
        rights.open(reaches)?;
        for (Granted { host, identity, .. }, recorded) in rights.granted.iter().zip(recorded) {
            if !identity.may_be(recorded) {
                let message = format!(
                    "the directory `{}` is not the one that was granted, but another of its name",
                    host.display()
                );
                return Err(Error::new(ErrorKind::Grant, message).with_help(
                    "put the one back that was there; if it is there, its file system has numbered it anew, and what was held \
                     is to be released by hand",
                ));
            }
        }
        for record::Variable { name, value } in variables {
            match value {
                Some(value) => rights.add_env(Env::new(name, value))?,
                None if std::env::var(&name).is_ok() => rights.add_env(Env::inherit(name))?,
                None => {}
            }
        }
        Ok(rights)
    }

    /// What WASI gives to a scope that has these rights.
    pub(crate) fn context(&self, output: &Output) -> WasiCtx {
        let mut ctx = WasiCtxBuilder::new();
        ctx.stdout(output.clone())
            .stderr(output.clone())
            .envs(&self.variables.iter().map(|known| (&known.name, &known.value)).collect::<Vec<_>>())
            .allow_tcp(true)
            .allow_udp(false)
            .allow_ip_name_lookup(self.may_look_up);
        let (granted, denied) = (self.addresses.clone(), self.denied.clone());
        ctx.socket_addr_check(move |address, using| {
            let allowed = match using {
                SocketAddrUse::TcpConnect => granted.contains(&address),
                // A socket that connects is bound to a port of the system's choice first.
                SocketAddrUse::TcpBind => address.port() == 0,
                _ => false,
            };
            if !allowed && matches!(using, SocketAddrUse::TcpConnect) {
                denied.set().insert(address);
            }
            Box::pin(async move { allowed })
        });
        let mut ctx = ctx.build();
        *ctx.filesystem() = self.directories.clone();
        ctx
    }
}

/// On which thread the system is asked for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaches {
    /// On that of the guest.
    Here,
    /// On one that is there for that: the guest's is one that must not block.
    Elsewhere,
}

impl Reaches {
    /// Where a plugin's guests do.
    pub(crate) fn of(plugin: &Plugin) -> Self {
        if plugin.awaits() { Self::Elsewhere } else { Self::Here }
    }
}

/// What tells the directories from others, in the order of their grants: those that were opened, whatever has their names.
fn identities(opened: &mut WasiFilesystemCtx) -> wasmtime::Result<Vec<Identity>> {
    let mut table = ResourceTable::new();
    let found = WasiFilesystemCtxView { ctx: opened, table: &mut table }.get_directories()?;
    let identity = |descriptor| {
        Ok(match table.get(descriptor)? {
            Descriptor::Dir(dir) => Identity::of(&dir.dir),
            Descriptor::File(file) => Identity::of(&file.file),
        })
    };
    found.iter().map(|(descriptor, _)| identity(descriptor)).collect()
}

fn unnamed(what: &str) -> Error {
    Error::new(ErrorKind::Grant, format!("a {what} cannot be granted without a name"))
}

/// Compiled code runs outside of the sandbox, and a journal says what runs with which rights, so that who can write them can do
/// all. A folder that has one of them somewhere inside, as a home directory has, may be granted: its start-up files are as good
/// to whoever means harm.
fn refuse_reserved(host: &Path, reserved: &[PathBuf]) -> Result<(), Error> {
    let Ok(granted) = host.canonicalize() else {
        // What cannot be opened is not granted anyway.
        return Ok(());
    };
    match reserved.iter().find(|cache| granted.starts_with(cache)) {
        None => Ok(()),
        Some(cache) => {
            let (host, cache) = (host.display(), cache.display());
            let message = format!(
                "the directory `{host}` cannot be granted: compiled code or the journal is kept in `{cache}`, which lets \
                 run any code, and has what other plugins were granted"
            );
            Err(Error::new(ErrorKind::Grant, message).with_help("grant another directory"))
        }
    }
}

fn utf8(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| {
        Error::new(ErrorKind::Grant, format!("the directory `{}` has no name in UTF-8", path.display()))
            .with_help("say under which name the plugin is to see it")
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder with these directories in it, and rights to them.
    fn granted(names: &[&str]) -> (tempfile::TempDir, Rights) {
        let (folder, mut rights) = (tempfile::tempdir().unwrap(), Rights::default());
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            rights.add(Dir::read_only(path).into(), &[], Reaches::Here).unwrap();
        }
        (folder, rights)
    }

    /// Lets another directory take the place of one.
    fn replace(directory: &Path) {
        fs::rename(directory, directory.with_extension("away")).unwrap();
        fs::create_dir(directory).unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn a_directory_is_told_by_what_was_opened_and_not_by_its_name() {
        let (folder, mut rights) = granted(&["a", "b"]);
        let before: Vec<_> = rights.granted.iter().map(|granted| granted.identity).collect();
        assert!(!before[0].may_be(before[1]));
        replace(&folder.path().join("a"));
        assert_eq!(identities(&mut rights.directories).unwrap(), before);
    }

    #[test]
    #[cfg(unix)]
    fn each_directory_that_was_recorded_is_compared() {
        for name in ["a", "b", "c"] {
            let (folder, rights) = granted(&["a", "b", "c"]);
            let recorded = || Rights::recorded(rights.record().unwrap(), &[], Reaches::Here);
            assert_eq!(recorded().unwrap().granted.len(), 3);
            let directory = folder.path().join(name);
            replace(&directory);
            let refused = recorded().err().unwrap().to_string();
            let (is, named) = ("is not the one that was granted", directory.display().to_string());
            assert!(refused.contains(is) && refused.contains(&named), "{refused}");
        }
    }
}
