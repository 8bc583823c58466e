//! What `#[manager]` and `plugin!` accept and make.

use ambit_guest::testing::{self, enter, json};
use ambit_guest::{Manager, Result, Scope, manager, plugin};

/// A lock.
///
/// - indented
///   code
#[manager]
pub async fn lock(
    /// Where it lies.
    ///
    /// A file.
    path: String,
    #[doc = concat!("In ", "seconds.")]
    #[default(5)]
    wait: u32,
    scope: Scope<String>,
) -> Result<()> {
    scope.yields(format!("{path} {wait}")).await
}

mod inner {
    use super::*;

    /// Named otherwise than its function, by a path, in a scope parameter of any name.
    #[manager(name = "temp-dir")]
    pub(super) async fn tempdir(
        mut r#type: String,
        place: ambit_guest::Scope<(String, u8)>,
    ) -> ambit_guest::Result {
        r#type.push('!');
        place.yields((r#type, 1)).await
    }
}

#[manager]
#[expect(clippy::needless_return, reason = "what is said of the function holds inside of it")]
async fn undocumented(scope: Scope<()>) -> Result<(), ambit_guest::Error> {
    return scope.yields(()).await;
}

plugin!(lock, inner::tempdir, undocumented);

#[test]
fn docs_reach_the_description() {
    assert_eq!(lock().name(), "lock");
    assert_eq!(lock().doc(), "A lock.\n\n- indented\n  code");
    let [path, wait] = lock().parameters() else { panic!("two parameters") };
    assert_eq!((path.name(), path.doc()), ("path", "Where it lies.\n\nA file."));
    assert_eq!((wait.name(), wait.doc()), ("wait", "In seconds."));
    assert_eq!(undocumented().doc(), "");
}

#[test]
fn a_manager_may_have_another_name_than_its_function() {
    assert_eq!(inner::tempdir().name(), "temp-dir");
    assert_eq!(inner::tempdir().parameters()[0].name(), "type");
    let entered = enter(inner::tempdir, json!({"type": "a"})).unwrap();
    assert_eq!(entered.value::<(String, u8)>(), ("a!".to_owned(), 1));
}

#[test]
fn a_local_may_have_the_name_of_a_manager() {
    let lock: &Manager = lock();
    assert_eq!(lock.name(), "lock");
}

#[test]
fn what_the_macro_names_is_out_of_the_authors_way() {
    /// Its name, and those of its parameters, are ones that the macro uses.
    #[manager]
    async fn arguments(yielder: u32, arguments: u32, scope: Scope<u32>) -> Result {
        scope.yields(yielder + arguments).await
    }
    let entered = enter(arguments, json!({"yielder": 1, "arguments": 2})).unwrap();
    assert_eq!(entered.value::<u32>(), 3);
}

#[test]
#[should_panic(expected = "the default \"5\" of `wait` of the manager `careless` cannot be read")]
fn a_default_of_the_wrong_type_is_found_by_the_test_of_the_plugin() {
    #[manager]
    async fn careless(#[default("5")] wait: u32, scope: Scope<u32>) -> Result {
        scope.yields(wait).await
    }
    testing::check_defaults(&[careless()]);
}
