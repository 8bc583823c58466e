//! The managers of cases that no scenario can tell; each language has them by the same names.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use ambit_guest::{Error, Result, Scope, manager};

/// Does nothing.
#[manager]
pub async fn passing(scope: Scope) -> Result {
    scope.yields(()).await
}

/// Raises a new error from the body's.
#[manager]
pub async fn wrapping(scope: Scope) -> Result {
    let body = scope.yields(()).await;
    body.map_err(|error| Error::new("rust:cases::Wrapped", "wrapped").caused_by(error))
}

/// Raises a new error, of which nothing is the context.
#[manager]
pub async fn cutting(scope: Scope) -> Result {
    scope.yields(()).await.map_err(|_| Error::new("new", "new").without_context())
}

/// Has a first line.
///
/// And a second paragraph.
#[manager]
pub async fn documented(
    /// Whether to keep it.
    keep: bool,
    /// Where it is.
    #[default("here")]
    path: String,
    scope: Scope<String>,
) -> Result {
    let _ = keep;
    scope.yields(path).await
}

/// Has parameters of names that somebody may have wanted for himself.
#[manager]
pub async fn keywords(
    func: String,
    args: String,
    kwds: String,
    inputs: String,
    manager: String,
    failure: String,
    all: Scope<[String; 6]>,
) -> Result {
    all.yields([func, args, kwds, inputs, manager, failure]).await
}

static MEASURED: AtomicU32 = AtomicU32::new(0);

/// Keeps nothing of the text but its length; gives also how many this instance has measured.
#[manager]
pub async fn measuring(text: String, scope: Scope<(usize, u32)>) -> Result {
    let length = text.len();
    drop(text);
    scope.yields((length, MEASURED.fetch_add(1, Ordering::Relaxed) + 1)).await
}

static DEPTH: AtomicU32 = AtomicU32::new(0);

/// Gives how many are entered in this instance.
#[manager]
pub async fn recursive(scope: Scope<u32>) -> Result {
    let body = scope.yields(DEPTH.fetch_add(1, Ordering::Relaxed) + 1).await;
    DEPTH.fetch_sub(1, Ordering::Relaxed);
    body
}

static HELD: AtomicU32 = AtomicU32::new(0);

/// As many hold it at a time as there are permits.
#[manager]
pub async fn lock(#[default(1)] permits: u32, scope: Scope) -> Result {
    if HELD.load(Ordering::Relaxed) >= permits {
        return Err(Error::new("locked", "nothing is free"));
    }
    HELD.fetch_add(1, Ordering::Relaxed);
    let body = scope.yields(()).await;
    HELD.fetch_sub(1, Ordering::Relaxed);
    body
}

static CURRENT: Mutex<String> = Mutex::new(String::new());

/// Goes there, gives where it was, and goes back.
#[manager]
pub async fn chdir(path: String, scope: Scope<String>) -> Result {
    let before = std::mem::replace(&mut *current(), path);
    let body = scope.yields(if before.is_empty() { "/".into() } else { before.clone() }).await;
    *current() = before;
    body
}

fn current() -> std::sync::MutexGuard<'static, String> {
    CURRENT.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Suppresses errors of these kinds, and members of groups that are of these kinds.
#[manager]
pub async fn suppress(#[default([])] kinds: Vec<String>, scope: Scope) -> Result {
    let body = scope.yields(()).await;
    body.or_else(|error| without(&kinds, error).map_or(Ok(()), Err))
}

/// What is left of an error without what is of these kinds: the same, where that is all. A group is split.
fn without(kinds: &[String], error: Error) -> Option<Error> {
    if kinds.iter().any(|kind| error.is(kind)) {
        return None;
    }
    let members = error.members();
    let rest: Vec<_> = members.iter().filter_map(|member| without(kinds, member.clone())).collect();
    if rest.len() == members.len() && rest.iter().zip(&members).all(|(rest, member)| rest.is_same(member)) {
        return Some(error);
    }
    (!rest.is_empty()).then(|| Error::group(error.kinds(), error.message(), rest))
}

/// Raises an error of several kinds, when it is entered.
#[manager]
pub async fn missing(_scope: Scope) -> Result {
    Err(Error::new(["rust:cases::Missing", "rust:std::io::Error", "not-found"], "it is not there"))
}
