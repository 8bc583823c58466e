//! A plugin that does whatever is asked for; the table of faults, `tests/faults`, asks it for all.

use serde::de::IgnoredAny;
use serde_json::json;

use crate::{Own, manager};

#[test]
fn a_hostile_plugin_that_is_asked_for_nothing_behaves() {
    let hostile = manager(programs::HOSTILE, "hostile");
    let ended = hostile.with(json!({"cause": "nothing"}), |_: IgnoredAny| Ok::<_, Own>(7));
    assert_eq!(ended.unwrap().completed(), Some(7));
}
