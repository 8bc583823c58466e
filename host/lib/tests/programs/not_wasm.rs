//! A text file.

use ambit::ErrorKind;

#[test]
fn a_file_that_is_no_webassembly_is_refused() {
    crate::check_refused(programs::NOT_WASM, ErrorKind::NotAComponent, &["is no WebAssembly component"]);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    crate::check_refused("not/there.wasm", ErrorKind::Unreadable, &["`not/there.wasm`", "No such file"]);
}

#[test]
fn an_empty_file_is_refused() {
    let error = crate::engine().load_bytes("empty", b"").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAComponent);
}
