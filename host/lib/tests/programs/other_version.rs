//! A plugin of a later contract.

#[test]
fn a_plugin_of_another_version_is_refused_and_both_are_named() {
    crate::check_refused(
        programs::OTHER_VERSION,
        ambit::ErrorKind::WrongVersion,
        &["ambit:scope/managers@0.9.0", "speaks 0.1.0"],
    );
}
