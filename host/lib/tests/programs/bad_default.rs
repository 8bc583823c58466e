//! A plugin that describes a default that is no JSON.

#[test]
fn a_default_that_is_no_json_is_refused_as_the_plugin_is_loaded() {
    crate::check_refused(
        programs::BAD_DEFAULT,
        ambit::ErrorKind::Describe,
        &["`odd`", "`odd_default`", "no JSON"],
    );
}
