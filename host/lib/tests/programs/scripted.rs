//! The manager that plays recorded scenarios; the package `conformance` plays them.

#[test]
fn its_parameters_are_described() {
    let manager = crate::manager(programs::SCRIPTED, "scripted");
    let parameters: Vec<_> =
        manager.description().parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(parameters, ["name", "script"]);
    assert_eq!(manager.description().parameters[0].doc, "What its log lines begin with.");
}
