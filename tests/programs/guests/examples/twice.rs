//! Describes two managers of one name.
#![cfg(target_arch = "wasm32")]

program_guests::only_describes!({
    let manager =
        || managers::Manager { name: "twice".to_owned(), doc: String::new(), parameters: Vec::new() };
    vec![manager(), manager()]
});
