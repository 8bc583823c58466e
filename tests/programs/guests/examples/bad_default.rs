//! Describes a parameter whose default is no JSON.
#![cfg(target_arch = "wasm32")]

program_guests::only_describes!({
    let odd = managers::Parameter {
        name: "odd".to_owned(),
        doc: String::new(),
        initial: Some("not JSON".to_owned()),
    };
    vec![managers::Manager { name: "odd_default".to_owned(), doc: String::new(), parameters: vec![odd] }]
});
