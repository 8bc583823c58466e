//! Stage 1: what stands in `#[manager(…)]`.

use syn::parse::{Parse, ParseStream};
use syn::{Error, LitStr, Path, Result, Token};

/// The arguments of the attribute.
pub(crate) struct Args {
    /// `name = "…"`: what hosts call the manager, if not by the function's name.
    pub(crate) name: Option<LitStr>,
    /// `recover = function`: what releases what a lost scope held.
    pub(crate) recover: Option<Path>,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self { name: None, recover: None };
        while !input.is_empty() {
            let key: syn::Ident = input.parse().map_err(|error| expected(error.span()))?;
            if key == "name" && args.name.is_none() {
                input.parse::<Token![=]>().map_err(|_| expected(key.span()))?;
                let name: LitStr = input.parse().map_err(|error| expected(error.span()))?;
                if name.value().is_empty() {
                    return Err(Error::new(name.span(), "a manager's name is not empty"));
                }
                args.name = Some(name);
            } else if key == "recover" && args.recover.is_none() {
                input.parse::<Token![=]>().map_err(|_| expected(key.span()))?;
                args.recover = Some(input.parse().map_err(|error| not_a_function(error.span()))?);
            } else {
                return Err(expected(key.span()));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>().map_err(|error| expected(error.span()))?;
            }
        }
        Ok(args)
    }
}

fn expected(span: proc_macro2::Span) -> Error {
    Error::new(
        span,
        "the attribute takes a name, a function that recovers, or nothing: `#[manager(name = \"temp-dir\")]`, \
         `#[manager(recover = release)]` or `#[manager]`",
    )
}

fn not_a_function(span: proc_macro2::Span) -> Error {
    Error::new(
        span,
        "what recovers is the name of a function: `#[manager(recover = release)]`, with `fn release(state: State) -> Result`",
    )
}
