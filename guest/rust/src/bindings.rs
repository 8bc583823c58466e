//! What `wit-bindgen` makes of the world in `/wit`: conversions, and nothing of ours.

wit_bindgen::generate!({
    path: "../../wit",
    world: "recoverable",
    pub_export_macro: true,
    export_macro_name: "export",
    default_bindings_module: "ambit_guest::bindings",
});

/// The world of plugins whose managers await.
#[cfg(target_env = "p2")]
pub mod concurrent {
    wit_bindgen::generate!({
        path: ["../../wit", "../../wit/async"],
        world: "ambit:scope-async/async-recoverable",
        pub_export_macro: true,
        export_macro_name: "export_concurrent",
        default_bindings_module: "ambit_guest::bindings::concurrent",
        with: {
            "ambit:scope/errors@0.1.0": super::ambit::scope::errors,
            "ambit:scope/checkpoints@0.1.0": super::ambit::scope::checkpoints,
            "ambit:scope/phase@0.1.0": super::ambit::scope::phase,
        },
    });
}
