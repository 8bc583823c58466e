//! A plugin that cannot say what it offers.

#[test]
fn a_plugin_that_traps_in_describe_is_refused() {
    crate::check_refused(programs::DESCRIBE_TRAPS, ambit::ErrorKind::Describe, &["cannot say", "trapped"]);
}
