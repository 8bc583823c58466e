//! Stage 4: the static.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Ident, Visibility};

use crate::valid::{Manager, Parameter};

/// The static that a function becomes. The function lies inside of it, so that nothing else of ours is in its scope.
pub(crate) fn manager(manager: Manager) -> TokenStream {
    let Manager { name, doc, parameters, mut function, attributes } = manager;
    let ident = function.sig.ident.clone();
    let vis = std::mem::replace(&mut function.vis, Visibility::Inherited);
    let arguments = parameters
        .iter()
        .enumerate()
        .map(|(index, Parameter { ty, .. })| quote_spanned!(ty.span()=> arguments.get::<#ty>(#index)?));
    let output = function.sig.output.span();
    let started = quote_spanned!(output=> ::ambit_guest::__private::start(future));
    quote! {
        #(#attributes)*
        #[allow(non_upper_case_globals)]
        #vis static #ident: ::ambit_guest::Manager = {
            #function
            ::ambit_guest::Manager::new(
                #name,
                #doc,
                const { &[#(#parameters),*] },
                |arguments, yielder| {
                    let future = #ident(#(#arguments,)* yielder.scope());
                    ::core::result::Result::Ok(#started)
                },
            )
        };
    }
}

/// What stands for a function that cannot be a manager: its error, and something of its name, so that those who name it
/// give no further error.
pub(crate) fn invalid(vis: &Visibility, ident: &Ident, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    quote! {
        #error
        #[allow(non_upper_case_globals)]
        #vis static #ident: ::ambit_guest::Manager =
            ::ambit_guest::Manager::new("", "", &[], |_, _| ::core::unreachable!());
    }
}

impl ToTokens for Parameter {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { name, doc, initial, .. } = self;
        let initial = match initial {
            Some(initial) => quote!(::core::option::Option::Some(#initial)),
            None => quote!(::core::option::Option::None),
        };
        tokens.extend(quote!(::ambit_guest::Parameter::new(#name, #doc, #initial)));
    }
}
