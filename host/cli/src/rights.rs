//! What the plugins may reach: [`Rights`].

use std::path::{Path, PathBuf};

use ambit::{Dir, Env, Grant, Net, Raised};
use clap::{Args, ValueHint};

use crate::chain;

/// The rights that the command line grants, to all managers alike.
#[derive(Args, Debug)]
#[command(next_help_heading = "Rights, for all managers; as a default, they have none")]
pub(crate) struct Rights {
    /// Grants a directory, with all that is in it; GUEST is its name inside of the plugin
    #[arg(long = "dir", value_name = "HOST[::GUEST]", value_parser = directory_names, value_hint = ValueHint::DirPath)]
    dirs: Vec<String>,
    /// Grants an environment variable: of this value, or the one it has
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = variable)]
    variables: Vec<String>,
    /// Grants TCP connections to an address
    #[arg(long = "allow-net", value_name = "HOST:PORT", value_parser = address)]
    addresses: Vec<String>,
}

impl Rights {
    /// The directories that are granted.
    pub(crate) fn directories(&self) -> impl Iterator<Item = &str> {
        self.dirs.iter().map(|dir| dir.split_once("::").map_or(dir.as_str(), |(host, _)| host))
    }

    /// As the library takes them.
    pub(crate) fn grants(&self) -> Vec<Grant> {
        let dirs = self.dirs.iter().map(|dir| match dir.split_once("::") {
            Some((host, guest)) => Dir::read_write(host).at(guest).into(),
            None => Dir::read_write(dir).into(),
        });
        let variables = self.variables.iter().map(|variable| match variable.split_once('=') {
            Some((name, value)) => Env::new(name, value).into(),
            None => Env::inherit(variable).into(),
        });
        dirs.chain(variables)
            .chain(self.addresses.iter().map(|address| Net::connect(address).into()))
            .collect()
    }
}

fn directory_names(text: &str) -> Result<String, String> {
    let (host, guest) = text.split_once("::").unwrap_or((text, text));
    let named = (!host.is_empty() && !guest.is_empty()).then(|| text.to_owned());
    named.ok_or_else(|| "a directory has a name, and so has its GUEST: `.`, `/srv/data::/data`".to_owned())
}

fn variable(text: &str) -> Result<String, String> {
    let named = (!text.is_empty() && !text.starts_with('=')).then(|| text.to_owned());
    named.ok_or_else(|| "a variable has a name: `HOME`, `MODE=fast`".to_owned())
}

/// Whether there is such a host is found when it is granted.
fn address(text: &str) -> Result<String, String> {
    let is_host = |host: &str| !host.is_empty() && (host.starts_with('[') || !host.contains(':'));
    let parts = text.rsplit_once(':').filter(|(host, port)| is_host(host) && port.parse::<u16>().is_ok());
    let form = || "an address has a port: `127.0.0.1:5432`, `[::1]:5432`, `db.example:5432`".to_owned();
    parts.map(|_| text.to_owned()).ok_or_else(form)
}

/// The sentence that names the options that grant what an error, or one behind it, says was not granted.
pub(crate) fn help(raised: &Raised) -> Option<String> {
    let mut options: Vec<String> = Vec::new();
    for (_, each) in raised.chain() {
        let members = chain::members(&each, usize::MAX);
        let wanted = std::iter::once(&each).chain(members.iter().map(|(_, member)| *member));
        let wanted =
            wanted.filter_map(|raised| ambit_kinds::detail(raised.kinds(), ambit_kinds::NOT_GRANTED));
        for option in wanted.filter_map(option) {
            if !options.contains(&option) {
                options.push(option);
            }
        }
    }
    (!options.is_empty()).then(|| format!("grant it with `{}`", options.join(" ")))
}

/// Whether an error, or one behind it, says that this address was not granted.
pub(crate) fn says_denied(raised: &Raised, address: &str) -> bool {
    let kind = format!("{}:net:{address}", ambit_kinds::NOT_GRANTED);
    raised.chain().any(|(_, each)| each.is(&kind))
}

/// The option that grants `dir:PATH`, `env:NAME` or `net:ADDRESS`.
fn option(right: &str) -> Option<String> {
    let (sort, what) = right.split_once(':')?;
    match sort {
        "dir" => Some(format!("--dir {}", quote(&directory(Path::new(what)).to_string_lossy()))),
        "env" => Some(format!("--env {}", quote(what))),
        "net" => Some(format!("--allow-net {}", quote(what))),
        _ => None,
    }
}

/// The directory to grant for a path: itself, or else the nearest one around it that is there. The root is never proposed.
fn directory(path: &Path) -> PathBuf {
    let around = path.ancestors().find(|path| path.is_dir());
    match around {
        Some(around) if around.parent().is_some() => around.to_owned(),
        None if path.is_relative() => PathBuf::from("."),
        _ => path.to_owned(),
    }
}

/// As a shell reads it back.
fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+,=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use ambit::Family;

    use super::*;

    fn not_granted(detail: &str) -> Raised {
        Raised::new(Family::Error, ambit_kinds::detailed(ambit_kinds::NOT_GRANTED, detail), "")
    }

    #[track_caller]
    fn check(raised: &Raised, expected: &str) {
        assert_eq!(help(raised).as_deref(), Some(expected));
    }

    #[test]
    fn a_right_that_is_malformed_is_refused() {
        for text in ["", "localhost", "localhost:", ":80", "localhost:http", "localhost:99999", "::1:80"] {
            assert!(address(text).is_err(), "{text}");
        }
        for text in ["", "=", "=x"] {
            assert!(variable(text).is_err(), "{text}");
        }
        for text in ["", "::", "::/a", "a::"] {
            assert!(directory_names(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_right_that_is_well_formed_is_taken_as_it_is() {
        for text in ["localhost:80", "127.0.0.1:0", "[::1]:80"] {
            assert_eq!(address(text).as_deref(), Ok(text));
        }
        assert_eq!(["A", "A=", "A=b=c"].map(|text| variable(text).unwrap()), ["A", "A=", "A=b=c"]);
        assert_eq!([".", "a::/b"].map(|text| directory_names(text).unwrap()), [".", "a::/b"]);
    }

    #[test]
    fn each_right_has_its_option() {
        check(&not_granted("env:HOME"), "grant it with `--env HOME`");
        check(&not_granted("net:[::1]:80"), "grant it with `--allow-net '[::1]:80'`");
    }

    #[test]
    fn the_directory_around_a_file_is_proposed() {
        let dir = tempfile::tempdir().unwrap();
        let there = dir.path().to_str().unwrap();
        check(&not_granted(&format!("dir:{there}")), &format!("grant it with `--dir {there}`"));
        check(&not_granted(&format!("dir:{there}/new/file")), &format!("grant it with `--dir {there}`"));
        check(&not_granted("dir:a file"), "grant it with `--dir .`");
    }

    #[test]
    fn the_root_is_not_proposed() {
        check(&not_granted("dir:/nowhere/at all"), "grant it with `--dir '/nowhere/at all'`");
    }

    #[test]
    fn what_stands_behind_an_error_counts() {
        let raised =
            Raised::group(Family::Error, ["x"], "", vec![not_granted("env:A"), not_granted("env:B")]);
        let outer = Raised::new(Family::Error, ["y"], "");
        outer.set_cause(Some(raised));
        check(&outer, "grant it with `--env A --env B`");
        assert_eq!(help(&Raised::new(Family::Error, ["x"], "")), None);
    }
}
