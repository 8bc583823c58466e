//! Managers of recorded scenarios; `tests/conformance/FORMAT.md` describes their scripts.
//!
//! What one logs it writes on stdout, a line each, as it happens: so the order of what guest and host log is kept.

use ambit_guest::{Error, Family, Result, Scope};
use serde::Deserialize;

/// Behaves as the script says, and awaits `pause` in each phase.
///
/// # Errors
/// What the script says.
pub async fn play(name: String, script: Script, scope: Scope<String>, pause: impl AsyncFn()) -> Result {
    pause().await;
    act(&name, &script.before)?;
    if script.yields == 0 {
        return Ok(());
    }
    let body = scope.yields(script.value.clone()).await;
    pause().await;
    let block = match body {
        Err(caught) => script.handle(&name, caught),
        Ok(()) => act(&name, &script.otherwise),
    };
    pause().await;
    let ended = finally(act(&name, &script.finally), block);
    if script.yields > 1 && ended.is_ok() {
        // The scope is used up: what follows is not what the script says.
        println!("\0cannot yield again");
    }
    ended
}

/// A generator with one `try` around its `yield`.
#[derive(Debug, Deserialize)]
pub struct Script {
    before: Vec<Action>,
    yields: u8,
    value: String,
    handlers: Vec<Handler>,
    #[serde(rename = "else")]
    otherwise: Vec<Action>,
    finally: Vec<Action>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Log(String),
    Raise(Thrown),
}

#[derive(Debug, Deserialize)]
struct Thrown {
    kind: String,
    message: String,
}

/// An except clause.
#[derive(Debug, Deserialize)]
struct Handler {
    catch: String,
    actions: Vec<Action>,
    then: Then,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Then {
    Suppress,
    Reraise,
    #[serde(untagged)]
    Raise {
        raise: Thrown,
        from: From,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum From {
    Caught,
    Implicit,
    None,
}

impl Script {
    /// The except clauses. The context of a new error is the host's to set.
    fn handle(&self, name: &str, caught: Error) -> Result {
        let (kind, message) = named(&caught);
        let Some(handler) =
            self.handlers.iter().find(|handler| handler.catch == "*" || handler.catch == kind)
        else {
            return Err(caught);
        };
        println!("{name}: caught {kind}({message})");
        act(name, &handler.actions)?;
        match &handler.then {
            Then::Suppress => Ok(()),
            Then::Reraise => Err(caught),
            Then::Raise { raise, from: From::Caught } => Err(raise.error().caused_by(caught)),
            Then::Raise { raise, from: From::None } => Err(raise.error().from_nothing()),
            Then::Raise { raise, from: From::Implicit } => Err(raise.error()),
        }
    }
}

impl Thrown {
    fn error(&self) -> Error {
        Error::new(self.kind.as_str(), &self.message)
    }
}

fn act(name: &str, actions: &[Action]) -> Result {
    for action in actions {
        match action {
            Action::Log(text) => println!("{name}: {text}"),
            Action::Raise(thrown) => return Err(thrown.error()),
        }
    }
    Ok(())
}

/// An error that is raised in a `finally` has the one that passes through as context.
fn finally(finally: Result, block: Result) -> Result {
    match (finally, block) {
        (Err(raised), Err(passing)) => Err(raised.in_context(passing)),
        (Err(raised), Ok(())) => Err(raised),
        (Ok(()), block) => block,
    }
}

/// What scenarios call an error: a broken contract is of the kind `Protocol`, in words of no language.
fn named(error: &Error) -> (&str, &str) {
    let kind = error.kinds().first().map_or("", String::as_str);
    match error.family() {
        Family::Fault if error.is("did-not-yield") => ("Protocol", "did not yield"),
        Family::Fault if error.is("did-not-stop") => ("Protocol", "did not stop"),
        Family::Error | Family::Cancelled | Family::Fault => (kind, error.message()),
    }
}
