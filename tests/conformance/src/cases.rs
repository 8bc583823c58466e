//! CPython's own tests of `with` as cases, one text each for all languages: [`Case`].
//!
//! `cases.json` lists them. What a scenario can tell is told there, and recorded from CPython; the rest are texts in Rust, in the
//! modules below.

#[expect(clippy::unwrap_used, reason = "a text fails by panicking")]
mod arguments;
#[expect(clippy::unwrap_used, reason = "a text fails by panicking")]
mod awaiting;
#[expect(clippy::unwrap_used, reason = "a text fails by panicking")]
mod body;
#[expect(clippy::unwrap_used, reason = "a text fails by panicking")]
mod chains;
#[expect(clippy::unwrap_used, reason = "a text fails by panicking")]
mod errors;
mod page;
#[expect(clippy::unwrap_used, reason = "a text fails by panicking")]
mod plugins;
#[expect(clippy::unwrap_used, reason = "a text fails by panicking")]
mod stacks;
#[expect(clippy::unwrap_used, reason = "a text fails by panicking")]
mod stage;
#[expect(clippy::unwrap_used, reason = "a text fails by panicking")]
mod suppressing;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ambit::Isolation;
use serde::Deserialize;

use crate::{Guest, Guests, Language, Need, Outcome, Scenario};

pub use page::{Verdict, page, table};
use stage::Stage;

/// What CPython's own tests claim of `with`, by one id.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Case {
    /// `CT-nn` for managers, `ST-nn` for stacks, `AS-nn` for those that await.
    pub id: String,
    /// What holds, in one line.
    pub claim: String,
    /// The methods of CPython's tests that it stands for: `Class.method`.
    pub tests: Vec<String>,
    #[serde(default)]
    needs: Vec<Need>,
    #[serde(default)]
    scenarios: Vec<Scenario>,
}

/// What a case claims, in Rust. It panics where that does not hold.
type Text = fn(&Stage<'_>);

/// The cases that no scenario can tell, or not all of.
const TEXTS: &[(&str, Text)] = &[
    ("AS-01", awaiting::a_body_that_is_given_up_is_cancelled),
    ("AS-09", awaiting::a_function_calls_itself_in_fresh_scopes),
    ("AS-12", awaiting::what_a_body_gave_up_exits_ahead_of_it),
    ("CT-03", errors::what_goes_on_is_the_bodys_own_value),
    ("CT-09", errors::control_flow_goes_through),
    ("CT-10", chains::a_cause_is_the_bodys_own_value),
    ("CT-11", plugins::a_manager_is_described),
    ("CT-12", arguments::any_name_can_be_a_parameters),
    ("CT-13", arguments::arguments_are_not_kept),
    ("CT-14", arguments::a_bad_argument_is_refused),
    ("CT-15", stacks::a_manager_nests_in_itself),
    ("CT-18", body::a_lock_is_held_in_the_body),
    ("CT-24", plugins::looking_up_runs_nothing),
    ("CT-25", body::what_is_set_is_restored),
    ("CT-27", body::what_is_set_twice_is_restored_in_turn),
    ("CT-28", suppressing::what_is_named_is_suppressed),
    ("CT-29", suppressing::any_kind_of_the_path_matches),
    ("CT-30", suppressing::a_group_is_split),
    ("CT-31", plugins::a_manager_that_there_is_not_is_refused),
    ("CT-35", body::a_value_that_does_not_fit_exits_the_scope),
    ("CT-40", errors::cancellations_go_on),
    ("CT-41", body::early_leaves_are_completions),
    ("CT-45", plugins::a_component_without_the_export_is_refused),
    ("ST-05", stacks::what_cannot_be_entered_is_not_on_the_stack),
    ("ST-11", chains::a_stack_chains_as_nested_managers_do),
    ("ST-12", chains::a_context_that_was_cut_stays_cut),
    ("ST-17", stacks::ten_thousand_entries_unwind),
];

impl Case {
    /// All of them.
    ///
    /// # Panics
    /// `cases.json` is not as it should be.
    #[must_use]
    pub fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("../cases.json")).expect("`cases.json` lists cases")
    }

    /// Why the language cannot have it; `None` where it can.
    #[must_use]
    pub fn lacking(&self, language: Language) -> Option<&'static str> {
        self.needs.iter().find_map(|&need| language.lacks(need))
    }

    /// Whether there is something to play with the guest of a language. Where that cannot have the case, its scenarios are played
    /// all the same, since their managers are to say so; but for those that ask for managers that await.
    #[must_use]
    pub fn is_played(&self, language: Language) -> bool {
        let awaits = !self.needs.contains(&Need::Awaiting) || language.lacks(Need::Awaiting).is_none();
        awaits && !self.scenarios.is_empty() || self.lacking(language).is_none()
    }

    /// Plays it with the guest of a language.
    ///
    /// # Errors
    /// What went otherwise, or why there is no guest.
    pub fn run(&self, guests: &Guests, language: Language) -> Result<(), String> {
        let expected = |outcome| match (outcome, self.lacking(language)) {
            (Outcome::Passed, None) | (Outcome::Skipped, Some(_)) => Ok(()),
            (Outcome::Failed(difference), _) => Err(difference.to_string()),
            (Outcome::Skipped, None) => Err("the guest says that it cannot yield again".to_owned()),
            (Outcome::Passed, Some(why)) => Err(format!("it passes, though this is said: {why}")),
        };
        if !self.scenarios.is_empty() {
            let sandbox = guests.sandbox(&Guest::One(language), Isolation::default());
            let sandbox = sandbox.map_err(|error| error.to_string())?;
            self.scenarios.iter().try_for_each(|scenario| expected(sandbox.play(scenario)))?;
            if language.lacks(Need::Awaiting).is_none() {
                let play = |scenario| awaiting::block_on(sandbox.play_awaiting(scenario));
                self.scenarios.iter().try_for_each(|scenario| expected(play(scenario)))?;
            }
        }
        if let Some(text) = self.text().filter(|_| self.lacking(language).is_none()) {
            let stage = Stage::new(guests, language, &self.scenarios).map_err(|error| error.to_string())?;
            catch_unwind(AssertUnwindSafe(|| text(&stage))).map_err(|payload| said(&*payload))?;
        }
        Ok(())
    }

    fn text(&self) -> Option<Text> {
        TEXTS.iter().find(|(id, _)| *id == self.id).map(|&(_, text)| text)
    }
}

/// What a text panicked with; its place is on stderr.
fn said(payload: &(dyn Any + Send)) -> String {
    let fixed = || payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    payload.downcast_ref::<String>().cloned().or_else(fixed).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_has_an_id_of_its_own_and_something_to_play() {
        let cases = Case::all();
        for (number, case) in cases.iter().enumerate() {
            assert!(!case.scenarios.is_empty() || case.text().is_some(), "{} plays nothing", case.id);
            assert!(cases[..number].iter().all(|other| other.id < case.id), "{} is out of order", case.id);
        }
    }

    #[test]
    fn each_text_is_of_a_case() {
        let cases = Case::all();
        for (id, _) in TEXTS {
            assert!(cases.iter().any(|case| case.id == *id), "{id} is not in cases.json");
        }
    }

    #[test]
    fn each_test_of_cpythons_is_in_one_case() {
        let cases = Case::all();
        let mut tests: Vec<_> = cases.iter().flat_map(|case| &case.tests).collect();
        tests.sort();
        assert!(tests.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
