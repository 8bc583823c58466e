//! What the compiler says of a manager that cannot be one. `TRYBUILD=overwrite` writes the expected texts anew.

#[test]
fn mistakes_are_reported_where_they_are() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
