//! How a person reads an error in flight: [`problem`], [`behind`], [`noted`], [`beside`].

use std::fmt::Write;

use ambit::{Raised, Relation};

use crate::problem::Problem;
use crate::{limits, rights, visible};

/// An error, with all that stands behind it.
pub(crate) fn problem(raised: &Raised) -> Problem {
    let mut layers = raised.chain().map(|(relation, each)| layer(relation, &each)).take(SHOWN);
    let first = layers.next().unwrap_or_default();
    Problem::new(first).because(layers.collect::<Vec<_>>()).maybe_help(help(raised))
}

/// The same, behind a sentence that says what came of it.
pub(crate) fn behind(sentence: String, raised: &Raised) -> Problem {
    let layers: Vec<_> = raised.chain().map(|(relation, each)| layer(relation, &each)).take(SHOWN).collect();
    Problem::new(sentence).because(layers).maybe_help(help(raised))
}

/// What was told already of an error, with the notes that managers added to that.
pub(crate) fn noted(told: Problem, raised: &Raised) -> Problem {
    raised.notes().iter().fold(told, |told, note| told.line(&format!("note: {note}")))
}

/// What an error says beside its own message: what it stands for, and its notes.
pub(crate) fn beside(raised: &Raised) -> Vec<String> {
    let notes = raised.notes().into_iter().map(|note| format!("note: {note}"));
    members(raised, SHOWN)
        .into_iter()
        .map(|(_, member)| member.to_string())
        .chain(notes)
        .take(SHOWN)
        .collect()
}

/// The members of a group, and below each its own, with how deep they lie; so many at the most, since plugins decide how many there
/// are.
pub(crate) fn members(raised: &Raised, at_most: usize) -> Vec<(usize, &Raised)> {
    let mut found = Vec::new();
    let mut open: Vec<_> = within(raised, 0).collect();
    while found.len() < at_most
        && let Some((depth, member)) = open.pop()
    {
        found.push((depth, member));
        open.extend(within(member, depth + 1));
    }
    found
}

fn within(group: &Raised, depth: usize) -> impl Iterator<Item = (usize, &Raised)> {
    group.members().iter().rev().map(move |member| (depth, member))
}

/// How long a chain is shown: plugins decide how long it is.
const SHOWN: usize = 32;

fn layer(relation: Relation, raised: &Raised) -> String {
    let relation = match relation {
        Relation::Raised => "",
        Relation::Cause => "caused by: ",
        Relation::Context => "while handling: ",
    };
    let mut text = format!("{relation}{raised}");
    // Writing to a string does not fail.
    if !raised.kinds().is_empty() {
        let _ = write!(text, "\nkinds: {}", visible::line(&raised.kinds().join(", ")));
    }
    let members = members(raised, SHOWN + 1);
    for (depth, member) in members.iter().take(SHOWN) {
        let _ = write!(text, "\n{:1$}- {member}", "", 2 * depth);
    }
    if members.len() > SHOWN {
        text.push_str("\n- …");
    }
    for note in raised.notes() {
        let _ = write!(text, "\nnote: {note}");
    }
    text
}

/// What to do: grant a right, raise a limit, or what the library says.
fn help(raised: &Raised) -> Option<String> {
    let of_set_up = || raised.native::<ambit::Error>()?.help().map(str::to_owned);
    rights::help(raised).or_else(|| limits::help(raised)).or_else(of_set_up).or_else(|| of_author(raised))
}

/// What only the author of a plugin can mend.
fn of_author(raised: &Raised) -> Option<String> {
    let broken = ["did-not-yield", "did-not-stop"].iter().any(|rule| raised.is(rule));
    broken.then(|| "a manager yields once, and then ends: this one is to be mended by its author".to_owned())
}
