//! Why a service did not answer: [`Refusal`].

use std::net::SocketAddr;

use ambit_guest::{Error, kinds};
use wasip3::sockets::ip_name_lookup::ErrorCode as LookUpError;
use wasip3::sockets::types::ErrorCode;

use crate::address::Address;

/// Why a service did not answer.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It may not be asked: nothing changes by waiting.
    NotGranted(String),
    /// In words that go on after the address: `refused the connection`.
    NotYet(String),
}

impl Refusal {
    pub(crate) fn not_yet(why: impl Into<String>) -> Self {
        Self::NotYet(why.into())
    }

    pub(crate) fn of_look_up(address: &Address, error: LookUpError) -> Self {
        match error {
            // Wasmtime has the second where no look-ups are granted, and nowhere else.
            LookUpError::AccessDenied | LookUpError::PermanentResolverFailure => {
                Self::NotGranted(address.place())
            }
            LookUpError::Other(why) => Self::NotYet(format!("was not found: {}", why.unwrap_or_default())),
            _ => Self::not_yet("was not found: there is no such name"),
        }
    }

    pub(crate) fn of_connection(socket: SocketAddr, error: ErrorCode) -> Self {
        Self::not_yet(match error {
            ErrorCode::AccessDenied => return Self::NotGranted(socket.to_string()),
            ErrorCode::ConnectionRefused => "refused the connection".to_owned(),
            ErrorCode::ConnectionReset | ErrorCode::ConnectionAborted | ErrorCode::ConnectionBroken => {
                "broke the connection off".to_owned()
            }
            ErrorCode::RemoteUnreachable => "could not be reached".to_owned(),
            ErrorCode::Timeout => "did not take the connection".to_owned(),
            ErrorCode::Other(Some(why)) => format!("could not be connected to: {why}"),
            other => format!("could not be connected to: {other:?}"),
        })
    }
}

/// What no wait mends.
pub(crate) fn not_granted(address: &Address, place: &str) -> Error {
    let message = format!("`{address}` cannot be waited for: connections to `{place}` are not granted");
    Error::new(kinds::detailed(kinds::NOT_GRANTED, format!("net:{place}")), message)
}
