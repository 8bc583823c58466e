//! The contract's `raised`: in a plugin a handle of the host's, natively an error in memory. Both have the same methods.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::Raised;
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::Raised;

/// A second handle of one error. The contract has no clone, but a link gives a new handle of what it leads to.
pub(crate) fn duplicate(raised: &Raised) -> Raised {
    let link = Raised::new(&[], "");
    link.set_cause(Some(raised));
    link.cause().unwrap_or(link)
}
