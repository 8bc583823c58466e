//! A connection by TCP: [`Connection`].

use std::net::{IpAddr, SocketAddr};

use wasip3::sockets::ip_name_lookup::resolve_addresses;
use wasip3::sockets::types::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress, TcpSocket,
};
use wasip3::wit_bindgen::{FutureReader, StreamReader, StreamResult, StreamWriter};
use wasip3::wit_stream;

use crate::address::Address;
use crate::refusal::Refusal;

/// A connection by TCP.
pub(crate) struct Connection {
    peer: SocketAddr,
    /// What is said, until nothing more is.
    says: Option<StreamWriter<u8>>,
    /// What is heard, until nothing more is.
    hears: Option<StreamReader<u8>>,
    /// How either direction ended. They are of the socket, which must not go before.
    _ends: [FutureReader<Result<(), ErrorCode>>; 2],
    _socket: TcpSocket,
}

impl Connection {
    /// Connects to the first of the addresses of a host that takes it.
    pub(crate) async fn open(address: &Address) -> Result<Self, Refusal> {
        let mut refused = None;
        for socket in sockets(address).await? {
            match Self::open_one(socket).await {
                Ok(open) => return Ok(open),
                // That one may not be asked is told only where no other is there to be.
                Err(Refusal::NotGranted(_)) if refused.is_some() => {}
                Err(refusal) => refused = Some(refusal),
            }
        }
        Err(refused.unwrap_or_else(|| Refusal::not_yet("was not found: it has no address")))
    }

    async fn open_one(peer: SocketAddr) -> Result<Self, Refusal> {
        let refused = |error| Refusal::of_connection(peer, error);
        let family = if peer.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 };
        let socket = TcpSocket::create(family).map_err(refused)?;
        socket.connect(as_wasi(peer)).await.map_err(refused)?;
        let (says, said) = wit_stream::new();
        let sent = socket.send(said);
        let (hears, heard) = socket.receive();
        Ok(Self { peer, says: Some(says), hears: Some(hears), _ends: [sent, heard], _socket: socket })
    }

    /// Whom it leads to.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Says this. The other end may have gone; then nothing is heard of it either.
    pub(crate) async fn say(&mut self, text: &str) {
        if let Some(says) = &mut self.says {
            says.write_all(text.as_bytes().to_vec()).await;
        }
    }

    /// Says nothing more, which the other end hears.
    pub(crate) fn fall_silent(&mut self) {
        self.says = None;
    }

    /// Hears more, and adds it to that; `false` where the other end says nothing more, or the connection broke.
    pub(crate) async fn hear(&mut self, heard: &mut Vec<u8>) -> bool {
        let Some(hears) = &mut self.hears else { return false };
        let (result, mut more) = hears.read(Vec::with_capacity(4096)).await;
        heard.append(&mut more);
        let goes_on = matches!(result, StreamResult::Complete(_));
        if !goes_on {
            // To read on would be a trap.
            self.hears = None;
        }
        goes_on
    }
}

/// The addresses of a host.
async fn sockets(address: &Address) -> Result<Vec<SocketAddr>, Refusal> {
    if let Some(socket) = address.socket() {
        return Ok(vec![socket]);
    }
    let found = resolve_addresses(address.host.clone()).await;
    let found = found.map_err(|error| Refusal::of_look_up(address, error))?;
    Ok(found.into_iter().map(|ip| SocketAddr::new(of_wasi(ip), address.port)).collect())
}

fn of_wasi(ip: IpAddress) -> IpAddr {
    match ip {
        IpAddress::Ipv4((a, b, c, d)) => [a, b, c, d].into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => [a, b, c, d, e, f, g, h].into(),
    }
}

fn as_wasi(socket: SocketAddr) -> IpSocketAddress {
    match socket {
        SocketAddr::V4(socket) => {
            let [a, b, c, d] = socket.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: socket.port(), address: (a, b, c, d) })
        }
        SocketAddr::V6(socket) => {
            let [a, b, c, d, e, f, g, h] = socket.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: socket.port(),
                flow_info: socket.flowinfo(),
                address: (a, b, c, d, e, f, g, h),
                scope_id: socket.scope_id(),
            })
        }
    }
}
