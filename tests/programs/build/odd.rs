//! Files that are no plugins of this contract, though some look like it.

/// A name, and what the file holds.
type File = (&'static str, Vec<u8>);

/// All of them.
pub(crate) fn files() -> Result<Vec<File>, wat::Error> {
    Ok(vec![
        ("not_wasm", b"this is text, and no WebAssembly".to_vec()),
        ("truncated", b"\0asm\x0d\0\x01\0\x01\x80".to_vec()),
        ("core_module", wat::parse_str("(module)")?),
        ("other_world", wat::parse_str(OTHER_WORLD)?),
        ("other_version", wat::parse_str(OTHER_VERSION)?),
        ("needs_more", wat::parse_str(NEEDS_MORE)?),
        ("tables", wat::parse_str(tables(100))?),
    ])
}

/// A component that has nothing to do with the contract.
const OTHER_WORLD: &str = r#"
    (component
        (core module $code (func (export "run") unreachable))
        (core instance $code (instantiate $code))
        (func (export "run") (canon lift (core func $code "run"))))"#;

/// A plugin of a contract that is not written yet.
const OTHER_VERSION: &str = r#"
    (component
        (instance $managers)
        (export "ambit:scope/managers@0.9.0" (instance $managers)))"#;

/// A plugin that asks for what no host has.
const NEEDS_MORE: &str = r#"
    (component
        (import "odd:more/moon" (instance (export "phase" (func (result u32)))))
        (instance $managers)
        (export "ambit:scope/managers@0.1.0" (instance $managers)))"#;

/// A plugin that has so many tables of a million elements. Its functions are of no use; its tables are made before any is
/// called.
fn tables(count: usize) -> String {
    let tables = "(table 1000000 funcref)".repeat(count);
    format!(
        r#"
    (component
        (core module $code {tables} (func (export "run")) (func (export "exit") (param i32)))
        (core instance $code (instantiate $code))
        (component $managers
            (import "describe" (func $describe))
            (import "scope" (type $inner (sub resource)))
            (import "[static]scope.enter" (func $enter))
            (import "[method]scope.exit" (func $exit (param "self" (borrow $inner))))
            (export $scope "scope" (type $inner))
            (export "describe" (func $describe))
            (export "[static]scope.enter" (func $enter))
            (export "[method]scope.exit" (func $exit) (func (param "self" (borrow $scope)))))
        (type $resource (resource (rep i32)))
        (func $run (canon lift (core func $code "run")))
        (func $exit (param "self" (borrow $resource)) (canon lift (core func $code "exit")))
        (instance $managers (instantiate $managers
            (with "describe" (func $run))
            (with "scope" (type $resource))
            (with "[static]scope.enter" (func $run))
            (with "[method]scope.exit" (func $exit))))
        (export "ambit:scope/managers@0.1.0" (instance $managers)))"#
    )
}
