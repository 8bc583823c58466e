//! Stage 2: the function, with what is ours taken off its parameters.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, ItemFn, Result};

/// A function, whose parameters have lost their attributes.
pub(crate) struct Function {
    pub(crate) item: ItemFn,
    /// The attributes of each parameter, in order.
    pub(crate) attributes: Vec<Vec<Attribute>>,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut item: ItemFn = input.parse().map_err(|error| {
            syn::Error::new(error.span(), format!("{error}; a manager is a function: {}", crate::valid::FORM))
        })?;
        let attributes = item.sig.inputs.iter_mut().map(take_attributes).collect();
        Ok(Self { item, attributes })
    }
}

fn take_attributes(input: &mut FnArg) -> Vec<Attribute> {
    match input {
        FnArg::Receiver(receiver) => std::mem::take(&mut receiver.attrs),
        FnArg::Typed(typed) => std::mem::take(&mut typed.attrs),
    }
}
