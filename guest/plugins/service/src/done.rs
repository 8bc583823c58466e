//! Waiting until the connections of a service are done: [`wait`].

use std::time::Duration;

use ambit_guest::time::{sleep, timeout};
use ambit_guest::{Error, Result, kinds};

use crate::address::Address;
use crate::answer::Answered;
use crate::connection::Connection;
use crate::open;
use crate::patience::Patience;
use crate::ready::CUT_SHORT;

/// Waits until the server has closed the connection on which it answered, and where `/proc/net` is granted until this machine has
/// none that is open to it, whoever made it.
///
/// # Errors
/// `service:busy`, once the wait is over.
pub(crate) async fn wait(address: &Address, answered: Answered, wait: Duration) -> Result {
    let mut patience = Patience::begin(wait);
    let Answered { by, on } = answered;
    if let Some(connection) = on
        && timeout(patience.left(), closed(connection)).await.is_none()
    {
        return Err(busy(
            address,
            &patience,
            "the server has not closed the connection on which it answered",
        ));
    }
    loop {
        match open::count(by)? {
            None | Some(0) => return Ok(()),
            Some(left) => match patience.pause() {
                Some(pause) => sleep(pause).await,
                None if left == 1 => return Err(busy(address, &patience, "a connection is open")),
                None => return Err(busy(address, &patience, &format!("{left} connections are open"))),
            },
        }
    }
}

/// Ends when the other end has said all.
async fn closed(mut connection: Connection) {
    let mut heard = Vec::new();
    while connection.hear(&mut heard).await {
        heard.clear();
    }
}

fn busy(address: &Address, patience: &Patience, why: &str) -> Error {
    let waited = patience.waited();
    let message = format!("`{address}` was not done within {waited}: {why}");
    let kinds = ["rust:ambit_service::Busy", "service:busy", "service", kinds::TIMED_OUT];
    let error = Error::new(kinds, message);
    if patience.is_cut { error.note(CUT_SHORT) } else { error }
}
