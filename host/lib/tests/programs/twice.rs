//! A plugin that offers two managers of one name.

#[test]
fn two_managers_of_one_name_are_refused() {
    crate::check_refused(programs::TWICE, ambit::ErrorKind::Describe, &["two managers", "`twice`"]);
}
