//! A plugin made without an SDK, that breaks the contract.

use ambit::ErrorKind;

#[test]
fn a_default_that_is_no_json_is_refused_as_the_plugin_is_loaded() {
    crate::check_refused(programs::RAW, ErrorKind::Describe, &["`odd`", "`initial_is_no_json`", "no JSON"]);
}
