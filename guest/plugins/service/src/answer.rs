//! What counts as an answer: [`ask`].

use std::net::SocketAddr;
use std::time::Duration;

use ambit_guest::time::timeout;

use crate::address::Address;
use crate::connection::Connection;
use crate::refusal::Refusal;

/// A service that answered.
pub(crate) struct Answered {
    pub(crate) by: SocketAddr,
    /// The connection on which it did, unless it was cut. It has been told that nothing more is asked.
    pub(crate) on: Option<Connection>,
}

/// Asks a service once.
///
/// By HTTP the answer is a status of 200 to 399. Its content is read, so that no server waits for that, up to a bound: where there is
/// more, or it takes long, the connection is cut.
pub(crate) async fn ask(address: &Address) -> Result<Answered, Refusal> {
    let mut connection = Connection::open(address).await?;
    let by = connection.peer();
    let Some(path) = &address.path else {
        connection.fall_silent();
        return Ok(Answered { by, on: Some(connection) });
    };
    // `Connection: close` makes the end of the content the end of what the server says.
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: ambit-service\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        address.place()
    );
    connection.say(&request).await;
    let mut heard = Vec::new();
    let status = loop {
        let goes_on = connection.hear(&mut heard).await;
        match status(&mut heard)? {
            Some(status) => break status,
            None if !goes_on && heard.is_empty() => {
                return Err(Refusal::not_yet("took the connection, and closed it without an answer"));
            }
            None if !goes_on => return Err(Refusal::not_yet(NO_HTTP)),
            None => {}
        }
    };
    if !(200..400).contains(&status) {
        return Err(Refusal::not_yet(format!("answered with status {status}")));
    }
    connection.fall_silent();
    let read = async {
        while heard.len() <= MOST {
            if !connection.hear(&mut heard).await {
                return true;
            }
        }
        false
    };
    let is_whole = timeout(LONGEST, read).await.unwrap_or(false);
    Ok(Answered { by, on: is_whole.then_some(connection) })
}

/// How long the content of an answer is read: of some, such as streams of events, there is no end.
const LONGEST: Duration = Duration::from_secs(1);

/// How much of an answer is read, in bytes.
const MOST: usize = 1 << 20;

/// How many headers an answer may have.
const HEADERS: usize = 128;

const NO_HTTP: &str = "answered with what is no HTTP";

/// The status of an answer, once its head is there. One for the time being, as `100 Continue`, is not the answer, and is taken out.
fn status(heard: &mut Vec<u8>) -> Result<Option<u16>, Refusal> {
    loop {
        match head(heard)? {
            Some((length, 100..200)) => drop(heard.drain(..length)),
            head => return Ok(head.map(|(_, status)| status)),
        }
    }
}

/// How long the first head is, in bytes, and its status.
fn head(heard: &[u8]) -> Result<Option<(usize, u16)>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    match answer.parse(heard) {
        Ok(httparse::Status::Complete(length)) => Ok(answer.code.map(|status| (length, status))),
        Ok(httparse::Status::Partial) if heard.len() <= MOST => Ok(None),
        Ok(httparse::Status::Partial) | Err(_) => Err(Refusal::not_yet(NO_HTTP)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(heard: &[u8]) -> Result<Option<u16>, Refusal> {
        status(&mut heard.to_vec())
    }

    #[test]
    fn a_status_is_read_once_the_head_is_there() {
        let head = b"HTTP/1.0 503 Busy\r\nServer: x\r\n\r\n";
        for cut in 0..head.len() {
            assert_eq!(of(&head[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(of(head).unwrap(), Some(503));
    }

    #[test]
    fn a_status_for_the_time_being_is_not_the_answer() {
        let early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        let last = b"HTTP/1.1 503 Busy\r\n\r\n";
        let whole = [&early[..], last].concat();
        for cut in 0..whole.len() {
            assert_eq!(of(&whole[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(of(&whole).unwrap(), Some(503));
        let mut heard = early.to_vec();
        assert_eq!((status(&mut heard).unwrap(), heard), (None, vec![]));
    }

    #[test]
    fn what_is_no_http_or_has_no_end_is_refused() {
        assert!(of(b"SSH-2.0-OpenSSH\r\n").is_err());
        let endless = [b"HTTP/1.1 200 OK\r\nA: ".to_vec(), vec![b'x'; MOST]].concat();
        assert!(of(&endless).is_err());
    }
}
