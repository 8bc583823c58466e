//! A core module.

#[test]
fn a_core_module_is_told_from_a_component() {
    crate::check_refused(
        programs::CORE_MODULE,
        ambit::ErrorKind::CoreModule,
        &["core WebAssembly module", "wasm32-wasip2"],
    );
}
