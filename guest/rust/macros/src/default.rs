//! Defaults: `#[default(…)]` takes whatever `serde_json::json!` takes.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, Lit, LitStr, Result, Token, braced, bracketed, token};

/// The default of a parameter.
pub(crate) enum Initial {
    /// It is JSON, known now: nothing is left to do when the plugin runs.
    Text(String),
    /// It has expressions in it.
    Computed(TokenStream),
}

impl Initial {
    /// The default that these tokens write; none if there are none.
    pub(crate) fn new(tokens: &TokenStream) -> Option<Self> {
        if tokens.is_empty() {
            return None;
        }
        Some(match syn::parse2(tokens.clone()) {
            Ok(Json(text)) => Self::Text(text),
            Err(_) => Self::Computed(tokens.clone()),
        })
    }
}

impl ToTokens for Initial {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Text(text) => quote!(::ambit_guest::__private::Initial::Text(#text)),
            Self::Computed(value) => quote! {
                ::ambit_guest::__private::Initial::Computed(
                    || ::std::string::ToString::to_string(&::ambit_guest::__private::json!(#value))
                )
            },
        });
    }
}

/// A value that is written with literals only, as JSON.
struct Json(String);

impl Parse for Json {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let inside;
        if input.peek(token::Bracket) {
            bracketed!(inside in input);
            let items = Punctuated::<Json, Token![,]>::parse_terminated(&inside)?;
            return Ok(Self(format!("[{}]", joined(items.into_iter().map(|Json(item)| item)))));
        }
        if input.peek(token::Brace) {
            braced!(inside in input);
            let entries = Punctuated::<Entry, Token![,]>::parse_terminated(&inside)?;
            return Ok(Self(format!("{{{}}}", joined(entries.into_iter().map(|Entry(entry)| entry)))));
        }
        if input.peek(Ident) {
            let null: Ident = input.parse()?;
            return if null == "null" { Ok(Self("null".to_owned())) } else { Err(not_literal(input)) };
        }
        let sign = if input.parse::<Option<Token![-]>>()?.is_some() { "-" } else { "" };
        match input.parse()? {
            Lit::Int(number) => Ok(Self(format!("{sign}{}", number.base10_digits()))),
            // `1.` is a number in Rust, and none in JSON.
            Lit::Float(number) if !number.base10_digits().ends_with('.') => {
                Ok(Self(format!("{sign}{}", number.base10_digits())))
            }
            Lit::Bool(bool) if sign.is_empty() => Ok(Self(bool.value.to_string())),
            Lit::Str(text) if sign.is_empty() => Ok(Self(quoted(&text.value()))),
            _ => Err(not_literal(input)),
        }
    }
}

/// `"key": value`.
struct Entry(String);

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let key: LitStr = input.parse()?;
        input.parse::<Token![:]>()?;
        let Json(value) = input.parse()?;
        Ok(Self(format!("{}:{value}", quoted(&key.value()))))
    }
}

/// Never shown: what is not written with literals is left to the compiler.
fn not_literal(input: ParseStream<'_>) -> syn::Error {
    input.error("not a literal")
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            '\0'..='\x1f' => quoted.push_str(&format!("\\u{:04x}", u32::from(char))),
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tokens: &str, json: Option<&str>) {
        let text = match Initial::new(&tokens.parse().unwrap()).unwrap() {
            Initial::Text(text) => Some(text),
            Initial::Computed(_) => None,
        };
        assert_eq!(text.as_deref(), json);
    }

    #[test]
    fn literals_are_json_at_compile_time() {
        check(r#""tmp-""#, Some(r#""tmp-""#));
        check(r#""a \"b\" \\ \n é""#, Some(r#""a \"b\" \\ \u000a é""#));
        check("r#\"raw\"#", Some(r#""raw""#));
        check("0xff_u8", Some("255"));
        check("-5", Some("-5"));
        check("1_000.5e3", Some("1000.5e3"));
        check("true", Some("true"));
        check("null", Some("null"));
        check(r#"[1, "b", [], {"c": null, "d": -1.5,},]"#, Some(r#"[1,"b",[],{"c":null,"d":-1.5}]"#));
    }

    #[test]
    fn expressions_are_left_to_the_compiler() {
        for expression in ["60 * 60", "MAX", "[1, MAX]", "1.", "'c'", "-true", "{ KEY: 1 }", "Duration::ZERO"]
        {
            check(expression, None);
        }
    }
}
