//! A plugin that imports what this host does not have.

#[test]
fn a_plugin_that_imports_what_is_not_there_is_refused_and_the_import_named() {
    crate::check_refused(programs::NEEDS_MORE, ambit::ErrorKind::WrongWorld, &["odd:more/moon"]);
}
