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
        match status(&heard)? {
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

/// The status of an answer, once its head is there.
fn status(heard: &[u8]) -> Result<Option<u16>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    match answer.parse(heard) {
        Ok(httparse::Status::Complete(_)) => Ok(answer.code),
        Ok(httparse::Status::Partial) if heard.len() <= MOST => Ok(None),
        Ok(httparse::Status::Partial) | Err(_) => Err(Refusal::not_yet(NO_HTTP)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_once_the_head_is_there() {
        let head = b"HTTP/1.0 503 Busy\r\nServer: x\r\n\r\n";
        for cut in 0..head.len() {
            assert_eq!(status(&head[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(status(head).unwrap(), Some(503));
    }

    #[test]
    fn what_is_no_http_or_has_no_end_is_refused() {
        assert!(status(b"SSH-2.0-OpenSSH\r\n").is_err());
        let endless = [b"HTTP/1.1 200 OK\r\nA: ".to_vec(), vec![b'x'; MOST]].concat();
        assert!(status(&endless).is_err());
    }
}
