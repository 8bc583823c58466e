//! Doc comments, as text.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of the doc comments among `attributes`: an expression of type `&'static str`.
pub(crate) fn text(attributes: &[Attribute]) -> TokenStream {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => Some(&meta.value),
        _ => None,
    });
    let mut written = String::new();
    let mut parts = Vec::new();
    for line in lines {
        if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = line {
            let text = text.value();
            written.push_str(text.strip_prefix(' ').unwrap_or(&text));
        } else {
            parts.push(std::mem::take(&mut written).to_token_stream());
            parts.push(line.to_token_stream());
        }
        written.push('\n');
    }
    let written = written.trim_end();
    if parts.is_empty() {
        return written.to_token_stream();
    }
    // What a macro gives, such as `include_str!`, is known to the compiler only.
    quote!(::core::concat!(#(#parts,)* #written))
}
