//! A component of another world.

#[test]
fn a_component_of_another_world_is_refused_by_what_it_exports() {
    crate::check_refused(
        programs::OTHER_WORLD,
        ambit::ErrorKind::WrongWorld,
        &["no plugin", "`run`", "ambit:scope/managers@0.1.0"],
    );
}
