//! The table of cases and languages, for a terminal and for the page `CASES.md`: [`table`], [`page`].

use crate::{Language, Table};

use super::Case;

const HEAD: &str = "\
# CPython's own tests, in each language

What the tests of CPython 3.13 claim of `with`, of `contextlib` and of exit stacks, one case an id: `test_contextlib.py`,
`test_contextlib_async.py` and `test_with.py`. [cases.json](cases.json) has the cases. Each is one text, which is played with the guest of each language: scenarios,
whose expected trace is recorded from CPython, or a function in [src/cases](src/cases), or both.

`cargo run -p conformance -- --cases` plays them and prints this table; `cargo test -p conformance --test cases -- CT-05` plays
some; `BLESS=1` with the latter writes this page.

";

const FOOT: &str = "
## What is not here
- Tests of what only Python has: the syntax of `as`, docstrings of instances, `__slots__`, locks that a thread owns, the three
  arguments of `__exit__`, frames of tracebacks.
- Tests of the host's language alone: files that close themselves, decorated methods, a generator around a `with`.

Async Rust plays each scenario twice: with bodies that await, and with bodies that do not.

CPython's tests know no traps, no budgets, no cancellation and no second language: `host/lib/tests/faults` and the recordings do.
";

/// What a case came to with the guest of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// The language cannot have it, for this reason.
    Lacks(&'static str),
}

/// The table, with what each case came to, and below it why there are some that languages cannot have.
pub fn table(cases: &[Case], mut verdict: impl FnMut(&Case, Language) -> Verdict) -> String {
    let head = ["id", "what holds"].map(str::to_owned).into_iter();
    let languages = Language::EACH.map(|language| language.to_string());
    let mut table = Table::new(head.chain(languages).chain(["CPython's tests".to_owned()]));
    let mut reasons: Vec<&str> = Vec::new();
    for case in cases {
        let cells = Language::EACH.map(|language| match verdict(case, language) {
            Verdict::Holds => "✔".to_owned(),
            Verdict::Fails => "✘".to_owned(),
            Verdict::Lacks(why) => {
                let known = reasons.iter().position(|&reason| reason == why);
                let number = known.unwrap_or_else(|| {
                    reasons.push(why);
                    reasons.len() - 1
                });
                format!("– {}", number + 1)
            }
        });
        let tests: Vec<_> = case.tests.iter().map(|test| format!("`{test}`")).collect();
        let about = [case.id.clone(), case.claim.clone()].into_iter();
        table.row(about.chain(cells).chain([tests.join(", ")]));
    }
    let reasons: String =
        reasons.iter().enumerate().map(|(at, why)| format!("{}. {why}.\n", at + 1)).collect();
    format!("{table}\n– and a number: a case that the language cannot have, and why.\n\n{reasons}")
}

/// The page, as it is where all cases hold.
#[must_use]
pub fn page() -> String {
    let verdict = |case: &Case, language| case.lacking(language).map_or(Verdict::Holds, Verdict::Lacks);
    format!("{HEAD}{}{FOOT}", table(&Case::all(), verdict))
}
