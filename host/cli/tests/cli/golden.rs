//! What `ambit` says, kept in files: [`check`]. With `BLESS=1` they are rewritten, to be read before they are committed.

use std::path::Path;
use std::{env, fs};

use crate::place::{Place, Ran};

/// Runs `ambit`, and holds how it ends and what it says against the file `golden/NAME.txt`.
#[track_caller]
pub(crate) fn check(name: &str, place: &Place, arguments: &[&str]) -> Ran {
    let ran = place.run(arguments);
    compare(name, place, arguments, &ran);
    ran
}

/// The same for a run that was made already.
#[track_caller]
pub(crate) fn compare(name: &str, place: &Place, arguments: &[&str], ran: &Ran) {
    let words: Vec<_> = arguments.iter().map(|word| quoted(word)).collect();
    let status = ran.status.map_or("a signal".to_owned(), |status| status.to_string());
    let found = format!("$ ambit {}\n[status {status}]\n{}{}", words.join(" "), ran.stdout, ran.stderr);
    let found = found.replace(place.path().to_str().unwrap(), "[here]");
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/golden").join(name).with_extension("txt");
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == found,
        "{} has another text; BLESS=1 rewrites it.\n--- expected\n{expected}\n--- found\n{found}",
        path.display()
    );
}

fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=".contains(c));
    if plain { word.to_owned() } else { format!("'{word}'") }
}
