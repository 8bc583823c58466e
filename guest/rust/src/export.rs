//! A plugin's exports: [`plugin!`](crate::plugin), and the world's `managers` and `recovery` over the managers that it
//! names.

#[cfg(target_arch = "wasm32")]
mod component;

use crate::Manager;

/// What a plugin offers; [`plugin!`](crate::plugin) implements it.
pub trait Offers: 'static {
    /// Its managers.
    fn managers() -> &'static [&'static Manager];
}

/// Says at compile time that each manager has a name of its own.
#[track_caller]
pub const fn distinct(managers: &[&Manager]) {
    let mut one = 0;
    while one < managers.len() {
        let mut other = one + 1;
        while other < managers.len() {
            assert!(
                !same(managers[one].name().as_bytes(), managers[other].name().as_bytes()),
                "two managers of a plugin have the same name: give one another by `#[manager(name = \"…\")]`"
            );
            other += 1;
        }
        one += 1;
    }
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Makes a plugin of the managers that it names.
///
/// Write it once, in the root of a crate of type `cdylib`; each manager is a path to what
/// [`#[manager]`](macro@crate::manager) made. Two of one name do not compile. In a build that is no component, it only
/// checks. `plugin!(async …)` names managers that await more than their yield: [timers](crate::time), and whatever else of WASI 0.3
/// or of the host's is a future. Many of their scopes may be in flight in one instance at once, and such a plugin is built with
/// plain cargo. For `cargo test` it adds a test that each `#[default(…)]` can be read as its parameter's type.
///
/// # Examples
/// ```
/// use ambit_guest::{Result, Scope, manager, plugin};
///
/// mod files {
///     # use ambit_guest::{Result, Scope, manager};
///     /// Does nothing, and gives nothing.
///     #[manager]
///     pub async fn null(scope: Scope) -> Result {
///         scope.yields(()).await
///     }
/// }
///
/// plugin!(files::null);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! plugin {
    () => {
        ::core::compile_error!("a plugin offers at least one manager: `plugin!(lock);`");
    };
    (async $($manager:path),+ $(,)?) => {
        $crate::__plugin!(__export_concurrent $($manager),+);
    };
    ($($manager:path),+ $(,)?) => {
        $crate::__plugin!(__export $($manager),+);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __plugin {
    ($export:ident $($manager:path),+) => {
        const _: () = {
            const MANAGERS: &[&$crate::Manager] = &[$($manager()),+];
            const _: () = $crate::__private::distinct(MANAGERS);
            struct Plugin;
            impl $crate::__private::Offers for Plugin {
                fn managers() -> &'static [&'static $crate::Manager] {
                    MANAGERS
                }
            }
            $crate::$export!(Plugin);
        };

        #[cfg(test)]
        #[test]
        fn the_defaults_of_the_plugin_can_be_read() {
            $crate::testing::check_defaults(&[$($manager()),+]);
        }
    };
}

#[doc(hidden)]
#[cfg(target_arch = "wasm32")]
#[macro_export]
macro_rules! __export {
    ($plugin:ident) => {
        $crate::bindings::export!($plugin with_types_in $crate::bindings);
    };
}

#[doc(hidden)]
#[cfg(all(target_arch = "wasm32", not(target_env = "p2")))]
#[macro_export]
macro_rules! __export_concurrent {
    ($plugin:ident) => {
        ::core::compile_error!(
            "managers that await are built by cargo alone, for another target: `cargo build --target wasm32-wasip2`"
        );
    };
}

#[doc(hidden)]
#[cfg(all(target_arch = "wasm32", target_env = "p2"))]
#[macro_export]
macro_rules! __export_concurrent {
    ($plugin:ident) => {
        $crate::bindings::concurrent::export_concurrent!($plugin with_types_in $crate::bindings::concurrent);
    };
}

#[doc(hidden)]
#[cfg(not(target_arch = "wasm32"))]
#[macro_export]
macro_rules! __export_concurrent {
    ($plugin:ident) => {
        $crate::__export!($plugin);
    };
}

#[doc(hidden)]
#[cfg(not(target_arch = "wasm32"))]
#[macro_export]
macro_rules! __export {
    ($plugin:ident) => {
        const _: fn() -> &'static [&'static $crate::Manager] =
            <$plugin as $crate::__private::Offers>::managers;
    };
}
