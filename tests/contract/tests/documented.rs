//! Every item of the contract says what it is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use contract::Text;
use wit_parser::{Docs, Resolve, TypeDefKind};

/// The items without a doc comment, by their paths.
fn undocumented(resolve: &Resolve) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |docs: &Docs, path: String| {
        if docs.contents.as_ref().is_none_or(|text| text.trim().is_empty()) {
            found.push(path);
        }
    };
    for (_, world) in &resolve.worlds {
        check(&world.docs, world.name.clone());
    }
    for (_, interface) in &resolve.interfaces {
        let name = interface.name.clone().unwrap_or_default();
        check(&interface.docs, name.clone());
        for function in interface.functions.values() {
            check(&function.docs, format!("{name}.{}", function.name));
        }
        for &id in interface.types.values() {
            let defined = &resolve.types[id];
            let path = format!("{name}.{}", defined.name.as_deref().unwrap_or_default());
            match &defined.kind {
                // What `use` brings in is documented where it is defined.
                TypeDefKind::Type(_) => continue,
                TypeDefKind::Record(record) => {
                    for field in &record.fields {
                        check(&field.docs, format!("{path}.{}", field.name));
                    }
                }
                _ => {}
            }
            check(&defined.docs, path);
        }
    }
    found
}

fn resolve(text: &Text) -> Resolve {
    let mut resolve = Resolve::default();
    text.push(&mut resolve).unwrap();
    resolve
}

fn today() -> Text {
    Text::read_folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit")).unwrap()
}

#[test]
fn every_item_of_the_contract_is_documented() {
    assert_eq!(undocumented(&resolve(&today())), [""; 0]);
}

#[test]
fn every_item_of_the_contract_that_awaits_is_documented() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/async");
    let mut resolve = resolve(&today());
    Text::read_folder(folder).unwrap().push(&mut resolve).unwrap();
    assert_eq!(undocumented(&resolve), [""; 0]);
    assert!(resolve.worlds.iter().any(|(_, world)| world.name == "async-recoverable"));
}

#[test]
fn an_item_without_documentation_is_found() {
    let text = today().with("interface errors {", "interface errors {\n  bare: func();");
    let text = text.with("  record parameter {", "  record parameter {\n    hidden: bool,");
    assert_eq!(undocumented(&resolve(&text)), ["errors.bare", "managers.parameter.hidden"]);
}
