//! Where a service answers: [`Address`].

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ambit_guest::{Error, Result, kinds};
use serde::Deserialize;

/// As it is written: a port of this machine, or a text.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a port, or a text: \"HOST:PORT\" or \"http://HOST:PORT/PATH\"")]
pub(crate) enum Written {
    Port(i64),
    Text(String),
    /// None of which is a port.
    Number(f64),
}

/// Where a service answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address {
    /// A name, or an IP address without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What is asked for by HTTP; without it, that it accepts a connection is the answer.
    pub(crate) path: Option<String>,
}

impl Address {
    /// # Errors
    /// A bad argument, if it is none of the forms.
    pub(crate) fn read(written: Written) -> Result<Self> {
        let text = match written {
            Written::Port(port) => {
                let place = u16::try_from(port).ok().and_then(Self::local);
                return place.ok_or_else(|| bad(&port.to_string(), FORMS));
            }
            // As it is written, where it is large.
            Written::Number(number) => return Err(bad(&format!("{number:?}"), FORMS)),
            Written::Text(text) => text,
        };
        if let Some(rest) = text.strip_prefix("http://") {
            let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
            let path = path.split('#').next().unwrap_or_default();
            let is_sent = |path: &str| path.bytes().all(|byte| byte.is_ascii_graphic());
            let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
            let place = place(authority).or_else(|| place(&format!("{authority}:80")));
            let place = place.filter(|_| is_sent(&path)).ok_or_else(|| bad(&text, FORMS))?;
            return Ok(Self { path: Some(path), ..place });
        }
        if text.contains("://") {
            return Err(bad(&text, "only http:// is spoken: for other services give HOST:PORT"));
        }
        let local = || Self::local(text.parse().ok()?);
        place(&text).or_else(local).ok_or_else(|| bad(&text, FORMS))
    }

    fn local(port: u16) -> Option<Self> {
        let host = Ipv4Addr::LOCALHOST.to_string();
        (port != 0).then_some(Self { host, port, path: None })
    }

    /// What it is where its host is no name.
    pub(crate) fn socket(&self) -> Option<SocketAddr> {
        self.host.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, self.port))
    }

    /// `HOST:PORT`, as it is granted.
    pub(crate) fn place(&self) -> String {
        self.socket().map_or_else(|| format!("{}:{}", self.host, self.port), |socket| socket.to_string())
    }
}

/// As errors name it.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "http://{}{path}", self.place()),
            None => f.write_str(&self.place()),
        }
    }
}

const FORMS: &str = "write a port of this machine, from 1 to 65535, \"HOST:PORT\", \"[::1]:PORT\" or \"http://HOST:PORT/PATH\"";

fn bad(written: &str, forms: &str) -> Error {
    let message = format!("argument `address`: `{written}` is no address: {forms}");
    Error::new(kinds::detailed(kinds::INVALID_ARGUMENT, "address"), message)
}

/// Reads `HOST:PORT`.
fn place(text: &str) -> Option<Address> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = match bracketed {
        Some(host) => host.parse::<std::net::Ipv6Addr>().ok()?.to_string(),
        None => host.to_owned(),
    };
    let is_name = |host: &str| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    (bracketed.is_some() || is_name(&host)).then_some(Address { host, port, path: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Address> {
        Address::read(Written::Text(text.into()))
    }

    #[test]
    fn each_form_is_read() {
        for (written, expected, place) in [
            ("8080", "127.0.0.1:8080", "127.0.0.1:8080"),
            ("localhost:80", "localhost:80", "localhost:80"),
            ("[::1]:80", "[::1]:80", "[::1]:80"),
            ("http://localhost", "http://localhost:80/", "localhost:80"),
            ("http://[::1]", "http://[::1]:80/", "[::1]:80"),
            ("http://127.0.0.1:1/a?b=c#d", "http://127.0.0.1:1/a?b=c", "127.0.0.1:1"),
            ("http://a:1?b", "http://a:1/?b", "a:1"),
        ] {
            let address = read(written).unwrap();
            assert_eq!((address.to_string().as_str(), address.place().as_str()), (expected, place));
        }
        assert_eq!(Address::read(Written::Port(80)).unwrap(), read("127.0.0.1:80").unwrap());
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_forms() {
        for text in
            ["", "a", "a:", ":1", "a:0", "0", "99999", "::1:80", "[a]:1", "a b:1", "http://", "http://u@h:1/"]
        {
            let error = read(text).unwrap_err();
            assert!(error.is("invalid-argument:address") && error.message().ends_with(FORMS), "{error}");
        }
        let numbers = [Written::Port(0), Written::Port(-1), Written::Port(65536), Written::Number(1.5)];
        for number in numbers {
            let error = Address::read(number).unwrap_err();
            assert!(error.is("invalid-argument:address") && error.message().ends_with(FORMS), "{error}");
        }
        assert!(read("http://a:1/b c").is_err());
        assert!(read("https://a:1/").unwrap_err().message().ends_with("give HOST:PORT"));
    }
}
