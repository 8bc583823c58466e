//! CPython's own tests as cases, each with the guest of each language: `CT-05::python`.
//!
//! A guest that is not there is built first, by its language's own builder; what that lacks is told by the tests that want it.

use std::process::ExitCode;
use std::sync::Arc;
use std::{env, fs};

use conformance::{Case, Guests, Language, cases};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let guests = Arc::new(Guests::new().expect("Wasmtime can be set up"));
    let mut trials = vec![Trial::test("the_page_is_what_the_cases_are", the_page_is_what_the_cases_are)];
    for case in Case::all() {
        for language in Language::EACH.into_iter().filter(|&language| case.is_played(language)) {
            let (case, guests) = (case.clone(), guests.clone());
            let name = format!("{}::{}", case.id, language.name());
            trials.push(Trial::test(name, move || Ok(case.run(&guests, language)?)));
        }
    }
    let mut arguments = Arguments::from_args();
    // All of them are hundreds of lines; those that were asked for are shown.
    arguments.quiet |= arguments.filter.is_none();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn the_page_is_what_the_cases_are() -> Result<(), Failed> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/CASES.md");
    let page = cases::page();
    if env::var_os("BLESS").is_some() {
        fs::write(path, &page)?;
    }
    if fs::read_to_string(path)? == page {
        return Ok(());
    }
    Err("CASES.md is not what the cases are: write it anew with BLESS=1".into())
}
