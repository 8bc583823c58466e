//! Stage 4: the function that gives the manager.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, ItemFn, ReturnType, Type, Visibility};

use crate::valid::{Manager, Parameter, Recovery};

/// What the author's function becomes: one of its name that gives the manager. The author's lies inside of it, and nothing
/// else of ours does, so that its body sees what stands around it in the source.
pub(crate) fn manager(manager: Manager) -> TokenStream {
    let Manager { name, doc, parameters, recovery, mut function, attributes } = manager;
    let ident = function.sig.ident.clone();
    let vis = std::mem::replace(&mut function.vis, Visibility::Inherited);
    let arguments = parameters
        .iter()
        .enumerate()
        .map(|(index, Parameter { ty, .. })| quote_spanned!(local(ty)=> arguments.get::<#ty>(#index)?));
    let checkpoint = recovery
        .iter()
        .map(|Recovery { checkpoint, .. }| quote_spanned!(local(checkpoint)=> yielder.checkpoint(),));
    let recover = match &recovery {
        Some(recovery) => quote!(::core::option::Option::Some(#recovery)),
        None => quote!(::core::option::Option::None),
    };
    let started = quote_spanned! {
        local(returned(&function.sig.output))=>
        ::ambit_guest::__private::start(#ident(#(#arguments,)* #(#checkpoint)* yielder.scope()))
    };
    let start =
        quote_spanned!(Span::mixed_site()=> |arguments, yielder| ::core::result::Result::Ok(#started));
    quote! {
        #(#attributes)*
        #[must_use]
        #vis const fn #ident() -> &'static ::ambit_guest::Manager {
            #function
            const { &::ambit_guest::Manager::new(#name, #doc, const { &[#(#parameters),*] }, #start, #recover) }
        }
    }
}

/// What stands for a function that cannot be a manager: its error, and something of its name, so that nothing else is
/// reported for it.
pub(crate) fn invalid(mut function: ItemFn, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    let ident = function.sig.ident.clone();
    let vis = std::mem::replace(&mut function.vis, Visibility::Inherited);
    function.sig.asyncness.get_or_insert_default();
    let kept = function.sig.receiver().is_none().then(|| quote!(#[allow(unused)] #function));
    quote! {
        #error
        #[must_use]
        #vis const fn #ident() -> &'static ::ambit_guest::Manager {
            #kept
            const { &::ambit_guest::Manager::new("", "", &[], |_, _| ::core::unreachable!(), ::core::option::Option::None) }
        }
    }
}

impl ToTokens for Parameter {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { name, doc, initial, ty } = self;
        let initial = match initial {
            Some(initial) => quote!(::core::option::Option::Some(#initial)),
            None => quote!(::core::option::Option::None),
        };
        let new = quote_spanned!(ty.span()=> ::ambit_guest::Parameter::new::<#ty>);
        tokens.extend(quote!(#new(#name, #doc, #initial)));
    }
}

impl ToTokens for Recovery {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { checkpoint, recover } = self;
        let state =
            quote_spanned!(checkpoint.span()=> <#checkpoint as ::ambit_guest::__private::Leaves>::State);
        tokens.extend(quote! {
            |state| {
                let recover: fn(#state) -> ::ambit_guest::Result = #recover;
                ::ambit_guest::__private::recover::<#checkpoint>(state, recover)
            }
        });
    }
}

fn returned(output: &ReturnType) -> Option<&Type> {
    match output {
        ReturnType::Type(_, ty) => Some(ty),
        ReturnType::Default => None,
    }
}

/// Where an error about `of` is to point at, for names that only the macro knows.
fn local(of: impl ToTokens) -> Span {
    Span::mixed_site().located_at(of.span())
}
