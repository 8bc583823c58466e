#![doc = include_str!("../README.md")]

mod address;
mod answer;
mod connection;
mod done;
mod open;
mod patience;
mod ready;
mod refusal;

use ambit_guest::{Result, Scope, Seconds, manager, plugin};
use serde::Serialize;

use crate::address::Address;

/// What the body is given.
#[derive(Serialize)]
struct Value {
    address: String,
    host: String,
    port: u16,
}

/// Waits until a service answers, and afterwards until its connections are done.
///
/// Gives `address`, `host` and `port`. The error about one that does not answer is of the kind `service:unready`, and about one that
/// has open connections `service:busy`.
#[manager]
async fn service(
    /// A port of this machine, `"HOST:PORT"`, or `"http://HOST:PORT/PATH"`.
    address: address::Written,
    /// How long to wait for either, in seconds.
    #[default(30)]
    wait: Seconds,
    scope: Scope<Value>,
) -> Result {
    let (address, wait) = (Address::read(address)?, wait.into());
    let answered = ready::wait(&address, wait).await?;
    let value = Value { address: address.to_string(), host: address.host.clone(), port: address.port };
    let body = scope.yields(value).await;
    match (done::wait(&address, answered, wait).await, body) {
        (Ok(()), body) => body,
        (Err(busy), Ok(())) => Err(busy),
        (Err(busy), Err(error)) => Err(error.note(busy.message())),
    }
}

plugin!(async service);
