//! The client of a request, as far as limits tell clients apart: an IP address.

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A client: an IPv4 address, or the /64 network of an IPv6 address.
#[derive(Clone, Debug)]
pub(crate) struct Client(String);

impl Client {
    pub(super) fn from_address(address: IpAddr) -> Self {
        match address.to_canonical() {
            // One customer has at least a /64 network (RFC 6177).
            IpAddr::V6(address) if !address.is_loopback() => {
                let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64));
                Client(format!("{network}/64"))
            }
            address => Client(address.to_string()),
        }
    }

    /// Reads a client as a proxy writes it: an address with or without a port. Any other name stands for itself, cut to
    /// 64 characters.
    pub(super) fn from_name(name: &str) -> Self {
        // Some proxies write quotes, brackets without a port, or a zone.
        let plain = name.trim_matches('"');
        let plain = plain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(plain);
        let plain = plain.split_once('%').map_or(plain, |(address, _)| address);
        let address = plain.parse().or_else(|_| plain.parse::<SocketAddr>().map(|socket| socket.ip()));
        address.map_or_else(|_| Client(name.chars().take(64).collect()), Client::from_address)
    }

    /// Finds the client of a request: the address in `X-Forwarded-For` if the server is behind a proxy, else the
    /// address of the connection.
    pub(super) fn of_request(parts: &Parts, behind_proxy: bool) -> Self {
        let forwarded = forwarded_for(&parts.headers).filter(|_| behind_proxy);
        let peer = || parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| Client::from_address(info.0.ip()));
        forwarded.or_else(peer).unwrap_or_else(|| Client("local".into()))
    }

    /// The address or network, as a key.
    pub(super) fn name(&self) -> &str {
        &self.0
    }
}

/// The last entry of the last `X-Forwarded-For` line. The operator's own proxy writes it; the client controls all
/// entries before it.
fn forwarded_for(headers: &HeaderMap) -> Option<Client> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = String::from_utf8_lossy(last.as_bytes());
    let name = last.rsplit(',').next().map(str::trim).filter(|name| !name.is_empty())?;
    Some(Client::from_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_proxy_wrote_last_counts() {
        let from = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            forwarded_for(&headers).map(|client| client.0)
        };
        assert_eq!(from(&["fake, 203.0.113.9"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(from(&["fake", "203.0.113.9"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(from(&["203.0.113.9:4711"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(from(&["fake", ""]), None);
        assert_eq!(from(&[]), None);
    }

    #[test]
    fn addresses_of_one_network_are_one_client() {
        let client = Client::from_name;
        assert_eq!(client("2001:db8:1:2:3::4").0, client("[2001:db8:1:2:ffff::]:80").0);
        assert_ne!(client("2001:db8:1:2::4").0, client("2001:db8:1:3::4").0);
        assert_eq!(client("[2001:db8:1:2::1]").0, client("2001:db8:1:2:3::4").0);
        assert_eq!(client("fe80::1%eth0").0, client("fe80::2").0);
        assert_eq!(client("\"203.0.113.61\"").0, "203.0.113.61");
        assert_eq!(client("::ffff:10.0.0.1").0, "10.0.0.1");
        assert_eq!(client("::1").0, "::1");
    }
}
