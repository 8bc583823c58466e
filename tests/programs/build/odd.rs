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
