//! What is left of an error once what matches is taken out of it.

use ambit_guest::Error;

/// What goes on: nothing, the same error, or the rest of a group as a new one.
///
/// The rule is that of CPython's `contextlib.suppress` and `BaseExceptionGroup.split`.
pub(crate) fn rest(error: Error, kinds: &[String]) -> Option<Error> {
    if error.is_cancelled() {
        return Some(error);
    }
    if kinds.iter().any(|kind| error.is(kind)) && !holds_cancelled(&error) {
        return None;
    }
    let members = error.members();
    if members.is_empty() {
        return Some(error);
    }
    let left: Vec<_> = members.iter().filter_map(|member| rest(member.clone(), kinds)).collect();
    let untouched =
        left.len() == members.len() && left.iter().zip(&members).all(|(left, member)| left.is_same(member));
    match left.as_slice() {
        [] => None,
        _ if untouched => Some(error),
        _ => Some(derived(&error, left)),
    }
}

/// A group like `group`, of other members.
fn derived(group: &Error, members: Vec<Error>) -> Error {
    let rest = Error::group(group.kinds(), group.message(), members);
    let rest = group.notes().into_iter().fold(rest, Error::note);
    match (group.cause(), group.hides_context()) {
        (Some(cause), _) => rest.caused_by(cause),
        (None, true) => rest.from_nothing(),
        (None, false) => rest,
    }
}

/// Whether something in a group was cancelled: that goes on although the group's own kind is named.
fn holds_cancelled(group: &Error) -> bool {
    group.members().iter().any(|member| member.is_cancelled() || holds_cancelled(member))
}
