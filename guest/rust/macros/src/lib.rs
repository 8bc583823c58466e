//! The attribute `#[manager]` of the crate `ambit-guest`, whose documentation describes it.
//!
//! It works in four stages, a file each: `args` reads the attribute's own arguments, `parse` takes the function apart,
//! `valid` keeps what can be a manager and reports all else, `expand` writes the function that gives the manager.

mod args;
mod default;
mod doc;
mod expand;
mod parse;
mod valid;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// Makes a manager of an `async fn`; see the crate `ambit-guest`.
#[proc_macro_attribute]
pub fn manager(args: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as parse::Function);
    let written = function.item.clone();
    match syn::parse(args).and_then(|args| valid::Manager::new(args, function)) {
        Ok(manager) => expand::manager(manager),
        Err(error) => expand::invalid(written, &error),
    }
    .into()
}
