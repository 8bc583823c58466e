//! How a scenario names an error.

use ambit_core::{Family, Raised, Relation};

use crate::Link;

/// Its kind and its text. A broken contract is of the kind `Protocol`, in words of no language.
pub(crate) fn name(raised: &Raised) -> (&str, &str) {
    let kind = raised.kinds().first().map_or("", String::as_str);
    match raised.family() {
        Family::Error => (kind, raised.message()),
        Family::Fault if raised.is("did-not-yield") => ("Protocol", "did not yield"),
        Family::Fault if raised.is("did-not-stop") => ("Protocol", "did not stop"),
        Family::Cancelled | Family::Fault => ("Unexpected", raised.message()),
    }
}

/// `KIND(MESSAGE)`
pub(crate) fn show(raised: &Raised) -> String {
    let (kind, message) = name(raised);
    format!("{kind}({message})")
}

/// Whether a pattern, a kind or `*`, matches it.
pub(crate) fn matches(pattern: &str, raised: &Raised) -> bool {
    pattern == "*" || pattern == name(raised).0
}

/// It and its chain, as CPython displays it.
pub(crate) fn links(raised: &Raised) -> Vec<Link> {
    let link = |(relation, raised): (_, Raised)| {
        let (kind, message) = name(&raised);
        Link { relation: relation_name(relation).into(), kind: kind.into(), message: message.into() }
    };
    raised.chain().map(link).collect()
}

fn relation_name(relation: Relation) -> &'static str {
    match relation {
        Relation::Raised => "raised",
        Relation::Cause => "cause",
        Relation::Context => "context",
    }
}
