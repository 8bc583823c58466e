//! Stage 3: what can be a manager, and a sentence for all that cannot.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Error, FnArg, Ident, ItemFn, Meta, Pat, Path, Result, ReturnType, Type};

use crate::args::Args;
use crate::default::Initial;
use crate::doc;
use crate::parse::Function;

/// The accepted form, for messages.
pub(crate) const FORM: &str = "`async fn name(parameter: Type, …, scope: Scope<Value>) -> Result<()>`";

/// The form with a checkpoint.
const LEAVING: &str =
    "`async fn name(parameter: Type, …, checkpoint: Checkpoint<State>, scope: Scope<Value>) -> Result<()>`";

/// The form that says what recovers from a checkpoint.
const RECOVERING: &str = "`#[manager(recover = release)]`, with `fn release(state: State) -> Result`";

/// A function that can be a manager.
pub(crate) struct Manager {
    pub(crate) name: String,
    pub(crate) doc: TokenStream,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) recovery: Option<Recovery>,
    /// The author's function, without the attributes of the other.
    pub(crate) function: ItemFn,
    /// The attributes of the function that gives the manager.
    pub(crate) attributes: Vec<Attribute>,
}

/// What a manager leaves for the case that its scope is lost, and what is done then.
pub(crate) struct Recovery {
    /// The type of the parameter: `Checkpoint<State>`.
    pub(crate) checkpoint: Type,
    /// The author's function.
    pub(crate) recover: Path,
}

/// A parameter that an argument is read for.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) doc: TokenStream,
    pub(crate) initial: Option<Initial>,
    pub(crate) ty: Type,
}

impl Manager {
    /// Checks the whole function, and reports all that is wrong with it at once.
    pub(crate) fn new(args: Args, Function { item, attributes }: Function) -> Result<Self> {
        let mut problems = Problems(None);
        signature(&item, &mut problems);
        let (parameters, checkpoint) = parameters(&item, attributes, &mut problems);
        let recovery = recovery(checkpoint, args.recover, &mut problems);
        problems.end()?;
        let name = args.name.map_or_else(|| plain(&item.sig.ident), |name| name.value());
        let mut function = item;
        let (attributes, own): (Vec<_>, Vec<_>) = function.attrs.drain(..).partition(belongs_outside);
        function.attrs = own;
        Ok(Self { name, doc: doc::text(&attributes), parameters, recovery, function, attributes })
    }
}

/// What is wrong, so far.
struct Problems(Option<Error>);

impl Problems {
    fn add(&mut self, at: impl ToTokens, message: impl Display) {
        let error = Error::new_spanned(at, message);
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    fn end(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

fn signature(item: &ItemFn, problems: &mut Problems) {
    let sig = &item.sig;
    if sig.asyncness.is_none() {
        problems
            .add(sig.fn_token, format_args!("a manager is async, so that it can wait at its yield: {FORM}"));
    }
    if let Some(token) = &sig.constness {
        problems.add(token, "a manager is not const: leave `const` out");
    }
    if let Some(token) = &sig.unsafety {
        problems.add(token, "a manager is safe to call: leave `unsafe` out");
    }
    if let Some(abi) = &sig.abi {
        problems.add(abi, "a manager has no ABI of its own: leave `extern` out");
    }
    if !sig.generics.params.is_empty() {
        problems.add(
            &sig.generics,
            "a manager has no type parameters, since a plugin offers it as one function: name the types",
        );
    } else if let Some(clause) = &sig.generics.where_clause {
        problems.add(clause, "a manager has no type parameters, and no `where` about them: leave it out");
    }
    if let Some(variadic) = &sig.variadic {
        problems.add(variadic, "a manager has a fixed number of parameters: take a `Vec` instead");
    }
    match &sig.output {
        ReturnType::Default => {
            problems.add(
                &sig.ident,
                format_args!(
                    "a manager returns `Result<()>`, by which it lets the body's error go on: {FORM}"
                ),
            );
        }
        ReturnType::Type(_, ty) if cannot_be_result(ty) => {
            problems.add(ty, "a manager returns `Result<()>`; what it gives to the body, it yields: `scope.yields(value).await`");
        }
        ReturnType::Type(..) => {}
    }
}

/// The parameters that are arguments, and the type of the checkpoint.
fn parameters(
    item: &ItemFn,
    attributes: Vec<Vec<Attribute>>,
    problems: &mut Problems,
) -> (Vec<Parameter>, Option<Type>) {
    let mut parameters = Vec::new();
    let mut scope = None;
    let mut checkpoint = None;
    let last = item.sig.inputs.len().saturating_sub(1);
    for (at, (input, attributes)) in item.sig.inputs.iter().zip(attributes).enumerate() {
        let FnArg::Typed(typed) = input else {
            problems.add(input, format_args!("a manager is a free function, without `self`: {FORM}"));
            continue;
        };
        if is_scope(&typed.ty) {
            if scope.is_some() {
                problems.add(&typed.ty, "a manager has one scope, and yields once");
            } else if at != last {
                problems.add(&typed.ty, format_args!("the scope is the last parameter: {FORM}"));
            }
            scope = Some(at);
            for attribute in &attributes {
                problems.add(attribute, "the scope is no argument: it has no default and no documentation");
            }
            continue;
        }
        if is_checkpoint(&typed.ty) {
            if checkpoint.is_some() {
                problems
                    .add(&typed.ty, "a manager has one checkpoint, which it may leave any number of times");
            } else if at + 1 < last {
                problems.add(
                    &typed.ty,
                    format_args!("the checkpoint stands right ahead of the scope: {LEAVING}"),
                );
            }
            for attribute in &attributes {
                problems
                    .add(attribute, "the checkpoint is no argument: it has no default and no documentation");
            }
            checkpoint = Some((*typed.ty).clone());
            continue;
        }
        parameters.extend(parameter(typed, &attributes, problems));
    }
    if scope.is_none() {
        problems.add(
            &item.sig.ident,
            format_args!(
                "a manager yields by its last parameter, `scope: Scope<Value>`, which is missing: {FORM}"
            ),
        );
    }
    (parameters, checkpoint)
}

/// Either stands for nothing without the other.
fn recovery(checkpoint: Option<Type>, recover: Option<Path>, problems: &mut Problems) -> Option<Recovery> {
    match (checkpoint, recover) {
        (Some(checkpoint), Some(recover)) => return Some(Recovery { checkpoint, recover }),
        (Some(checkpoint), None) => problems.add(
            checkpoint,
            format_args!(
                "a checkpoint is left for a function that recovers from it, which is not named: {RECOVERING}"
            ),
        ),
        (None, Some(recover)) => problems.add(
            recover,
            format_args!(
                "it recovers from what a checkpoint left, and there is no such parameter: {LEAVING}"
            ),
        ),
        (None, None) => {}
    }
    None
}

fn parameter(typed: &syn::PatType, attributes: &[Attribute], problems: &mut Problems) -> Option<Parameter> {
    let name = match &*typed.pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => plain(&pat.ident),
        pat => {
            problems.add(pat, "a parameter is a name, by which hosts give its argument: `name: Type`");
            return None;
        }
    };
    match &*typed.ty {
        Type::Reference(ty) => problems.add(ty, "an argument is read from JSON and owned: write `String` for `&str`, `Vec<T>` for `&[T]`, `T` for `&T`"),
        Type::ImplTrait(ty) => problems.add(ty, "an argument is read from JSON as one type: name it"),
        _ => {}
    }
    let mut initial = None;
    for attribute in attributes {
        if attribute.path().is_ident("doc") {
            continue;
        }
        match &attribute.meta {
            Meta::List(list) if list.path.is_ident("default") => match Initial::new(&list.tokens) {
                _ if initial.is_some() => problems.add(attribute, "a parameter has one default"),
                Some(default) => initial = Some(default),
                None => problems.add(attribute, DEFAULT_FORM),
            },
            meta if meta.path().is_ident("default") => problems.add(attribute, DEFAULT_FORM),
            _ => problems
                .add(attribute, "a parameter takes `#[default(…)]` and doc comments, and no other attribute"),
        }
    }
    Some(Parameter { name, doc: doc::text(attributes), initial, ty: (*typed.ty).clone() })
}

const DEFAULT_FORM: &str = "a default is a JSON value or an expression: `#[default(\"tmp-\")]`, `#[default(null)]`, `#[default([1, 2])]`";

/// Whether a type is `Checkpoint`, by whatever path and with whatever parameters.
fn is_checkpoint(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|ident| ident == "Checkpoint")
}

/// Whether a type is `Scope`, by whatever path and with whatever parameters.
fn is_scope(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|ident| ident == "Scope")
}

/// Whether a type cannot be an alias of `Result<()>`, as far as its tokens tell.
fn cannot_be_result(ty: &Type) -> bool {
    !matches!(ty, Type::Path(_) | Type::Macro(_) | Type::Verbatim(_))
}

fn last_segment(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// An identifier as people say it: `type` of `r#type`.
fn plain(ident: &Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

fn belongs_outside(attribute: &Attribute) -> bool {
    ["doc", "cfg", "allow", "expect", "warn", "deny", "forbid", "deprecated"]
        .iter()
        .any(|name| attribute.path().is_ident(name))
}
