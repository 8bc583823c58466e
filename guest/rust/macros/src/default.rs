//! Defaults: `#[default(…)]` takes whatever `serde_json::json!` takes.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The default of a parameter.
pub(crate) struct Initial(TokenStream);

impl Initial {
    /// The default that these tokens write; none if there are none.
    pub(crate) fn new(tokens: &TokenStream) -> Option<Self> {
        (!tokens.is_empty()).then(|| Self(tokens.clone()))
    }
}

impl ToTokens for Initial {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let value = &self.0;
        tokens.extend(quote! {
            ::ambit_guest::__private::Initial::Computed(|| ::std::string::ToString::to_string(&::ambit_guest::__private::json!(#value)))
        });
    }
}
