//! The beginning of a component.

#[test]
fn a_component_that_is_cut_off_is_refused() {
    crate::check_refused(
        programs::TRUNCATED,
        ambit::ErrorKind::NotAComponent,
        &["is no valid WebAssembly component"],
    );
}
