//! What `wit-bindgen` makes of the world in `/wit`: conversions, and nothing of ours.

wit_bindgen::generate!({
    path: "../../wit",
    world: "recoverable",
    pub_export_macro: true,
    export_macro_name: "export",
    default_bindings_module: "ambit_guest::bindings",
});
