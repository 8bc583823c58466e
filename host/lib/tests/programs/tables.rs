//! A plugin with large tables.

#[test]
fn tables_without_end_are_refused_as_the_plugin_is_loaded() {
    crate::check_refused(programs::TABLES, ambit::ErrorKind::Describe, &["ran out of memory"]);
}
