//! The connections that the system has, as Linux tells in `/proc/net`: [`count`].

use std::fs;
use std::net::{IpAddr, SocketAddr};

use ambit_guest::{At, Result, kinds};

/// How many connections of this machine lead to an address, or from it; `None` where that is not granted, or nothing tells.
pub(crate) fn count(address: SocketAddr) -> Result<Option<usize>> {
    let mut ends = Vec::new();
    let mut is_told = false;
    for table in ["tcp", "tcp6"] {
        let path = format!("/proc/net/{table}");
        match fs::read_to_string(&path).at(&path) {
            Ok(text) => {
                is_told = true;
                ends.extend(text.lines().skip(1).filter_map(open));
            }
            // A machine may have no IPv6.
            Err(error) if error.is(kinds::NOT_GRANTED) || error.is(kinds::NOT_FOUND) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(is_told.then(|| connections(&ends, address)))
}

/// An end of a connection that is open: its own address, and that of the other end.
type End = [SocketAddr; 2];

/// Where both ends are of this machine, they are one connection.
fn connections(ends: &[End], address: SocketAddr) -> usize {
    let mut others: Vec<_> = ends
        .iter()
        .filter_map(|[own, other]| match () {
            () if *own == address => Some(*other),
            () if *other == address => Some(*own),
            () => None,
        })
        .collect();
    others.sort_unstable();
    others.dedup();
    others.len()
}

/// A line of the table, if its socket is connected. One that listens is not, nor one that only remembers what was (`TIME_WAIT`).
fn open(line: &str) -> Option<End> {
    let mut fields = line.split_whitespace().skip(1);
    let (own, other, state) = (fields.next()?, fields.next()?, fields.next()?);
    (!["02", "06", "07", "0A", "0C"].contains(&state)).then_some([socket(own)?, socket(other)?])
}

/// `0100007F:1F90`: the address as words of 32 bits, whose bytes are in the order of the machine, and the port. Of the machines that run
/// plugins all but s390x have the lowest first; there nothing would be found.
fn socket(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let words = ip.as_bytes().chunks(8).map(|word| u32::from_str_radix(str::from_utf8(word).ok()?, 16).ok());
    let bytes: Vec<u8> = words.collect::<Option<Vec<_>>>()?.into_iter().flat_map(u32::to_le_bytes).collect();
    let ip = match *bytes {
        [a, b, c, d] => IpAddr::from([a, b, c, d]),
        _ => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical(),
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_system_writes_them() {
        for (text, expected) in [
            ("0100007F:1F90", "127.0.0.1:8080"),
            ("00000000000000000000000001000000:0016", "[::1]:22"),
            ("0000000000000000FFFF00000100007F:1F90", "127.0.0.1:8080"),
        ] {
            assert_eq!(socket(text), Some(expected.parse().unwrap()), "{text}");
        }
        for text in ["", ":", "0100007F", "zz00007F:1F90"] {
            assert_eq!(socket(text), None, "{text}");
        }
    }

    #[test]
    fn what_listens_or_is_over_is_not_open() {
        let line = |state: &str| format!("   0: 0100007F:1F90 0100007F:C001 {state} 00000000:00000000 00:0");
        for state in ["01", "04", "05", "08"] {
            assert!(open(&line(state)).is_some(), "{state}");
        }
        for state in ["02", "06", "0A"] {
            assert!(open(&line(state)).is_none(), "{state}");
        }
    }

    #[test]
    fn both_ends_are_one_connection_and_others_are_not_counted() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let ends = [[at(1), at(9)], [at(9), at(1)], [at(9), at(2)], [at(3), at(4)]];
        assert_eq!(connections(&ends, at(9)), 2);
        assert_eq!(connections(&ends, at(5)), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_connections_of_this_machine_are_counted() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        assert_eq!(count(address).unwrap(), Some(0));
        let client = std::net::TcpStream::connect(address).unwrap();
        let (accepted, _) = server.accept().unwrap();
        assert_eq!(count(address).unwrap(), Some(1));
        drop(client);
        assert_eq!(count(address).unwrap(), Some(1));
        drop(accepted);
        // The end of the one that closed last goes once the other has heard of it.
        while count(address).unwrap() != Some(0) {
            std::thread::yield_now();
        }
    }
}
