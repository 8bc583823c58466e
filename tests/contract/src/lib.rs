//! Holds a text of the contract against one that was released: plugins built on that one must run on.

mod text;

pub use text::{Text, TextError, files_of};

use wit_component::semver_check;
use wit_parser::{PackageId, Resolve, WorldId};

/// Whether a plugin that was built on `released` runs on a host of `new`.
///
/// Its world `plugin` may import more, and export less. All else stays: names, parameters, fields, cases.
///
/// # Errors
/// Why it does not; or one of the texts is no contract.
pub fn runs_on(released: &Text, new: &Text) -> Result<(), TextError> {
    let mut resolve = Resolve::default();
    // Both have the same name; the check itself leaves versions out of account.
    let released = world(&mut resolve, &released.versioned("0.0.1"))?;
    let new = world(&mut resolve, &new.versioned("0.0.2"))?;
    semver_check(resolve, released, new).map_err(TextError::check)
}

fn world(resolve: &mut Resolve, text: &Text) -> Result<WorldId, TextError> {
    let package: PackageId = text.push(resolve)?;
    resolve.select_world(&[package], Some("plugin")).map_err(TextError::parse)
}
