//! What came of playing a scenario: [`Outcome`].

use std::fmt;

use crate::{End, Expected, Scenario};

/// What came of playing a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// As CPython had it.
    Passed,
    /// Otherwise.
    Failed(Difference),
    /// It needs what the language of the guest rules out.
    Skipped,
}

impl Outcome {
    /// Holds what happened against what CPython did.
    #[must_use]
    pub fn of(scenario: &Scenario, got: Expected) -> Self {
        if got == scenario.expected {
            return Self::Passed;
        }
        Self::Failed(Difference { id: scenario.id, expected: scenario.expected.clone(), got })
    }
}

/// What CPython did, and what happened instead; displayed side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The scenario.
    pub id: u64,
    /// What CPython did.
    pub expected: Expected,
    /// What happened.
    pub got: Expected,
}

/// How many lines are shown ahead of the first that differs, and after it.
const AROUND: usize = 6;

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (left, right) = (lines(&self.expected), lines(&self.got));
        let rows = left.len().max(right.len());
        let first = (0..rows).find(|&row| left.get(row) != right.get(row)).unwrap_or(0);
        let shown = first.saturating_sub(AROUND)..rows.min(first + AROUND);
        let width = left.iter().map(|line| line.chars().count()).max().unwrap_or(0).max("CPython".len());

        writeln!(f, "scenario {}, from line {}:", self.id, shown.start + 1)?;
        writeln!(f, "    {:width$} | here", "CPython")?;
        for row in shown {
            let (left, right) = (left.get(row), right.get(row));
            let mark = if left == right { ' ' } else { '!' };
            let (left, right) = (left.map_or("", String::as_str), right.map_or("", String::as_str));
            writeln!(f, "  {mark} {}", format!("{left:width$} | {right}").trim_end())?;
        }
        Ok(())
    }
}

/// The trace, and the end as lines below it.
fn lines(expected: &Expected) -> Vec<String> {
    let mut lines = expected.trace.clone();
    match &expected.end {
        End::Completed => lines.push("= completed".into()),
        End::Error(chain) => {
            lines.extend(
                chain.iter().map(|link| format!("= {} {}({})", link.relation, link.kind, link.message)),
            );
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Link;

    fn ended(trace: &[&str], end: End) -> Expected {
        Expected { trace: trace.iter().map(|&line| line.into()).collect(), end }
    }

    #[test]
    fn a_difference_stands_side_by_side_with_a_mark() {
        let boom = Link { relation: "raised".into(), kind: "Boom".into(), message: "e1".into() };
        let difference = Difference {
            id: 7,
            expected: ended(&["a: one", "body: here"], End::Completed),
            got: ended(&["a: one"], End::Error(vec![boom])),
        };
        assert_eq!(
            difference.to_string(),
            "scenario 7, from line 1:\n\
             \x20   CPython     | here\n\
             \x20   a: one      | a: one\n\
             \x20 ! body: here  | = raised Boom(e1)\n\
             \x20 ! = completed |\n"
        );
    }
}
