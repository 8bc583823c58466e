//! A plugin that leaves checkpoints, and recovers from them.

#[test]
fn the_program_imports_checkpoints_and_exports_recovery() {
    let component = std::fs::read(programs::CHECKPOINTS).unwrap();
    for interface in ["ambit:scope/checkpoints@0.1.0", "ambit:scope/recovery@0.1.0#recover"] {
        assert!(component.windows(interface.len()).any(|part| part == interface.as_bytes()), "{interface}");
    }
}
