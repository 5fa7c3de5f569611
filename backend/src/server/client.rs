//! Who asks, and what one client may take of what all share: requests in a minute, places at once.

use super::App;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Clients whose requests are counted before those that asked nothing for a minute are forgotten.
const MOST_COUNTED: usize = 10_000;

/// Who asks: an address, of IPv6 the network that one customer has.
#[derive(Clone, Debug)]
pub(crate) struct Client(pub(super) String);

impl Client {
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            // A customer has at least 2^64 addresses (RFC 6177).
            IpAddr::V6(address) if !address.is_loopback() => {
                let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64));
                Client(format!("{network}/64"))
            }
            address => Client(address.to_string()),
        }
    }

    /// As a proxy names it, with or without a port.
    fn named(name: &str) -> Self {
        let address = name.parse().or_else(|_| name.parse::<SocketAddr>().map(|place| place.ip()));
        address.map_or_else(|_| Client(name.chars().take(64).collect()), Client::of)
    }
}

/// The last entry of all `X-Forwarded-For` lines together: our own proxy wrote it, those before it anybody can.
fn forwarded(headers: &HeaderMap) -> Option<Client> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = String::from_utf8_lossy(last.as_bytes());
    let name = last.rsplit(',').next().map(str::trim).filter(|name| !name.is_empty())?;
    Some(Client::named(name))
}

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let forwarded = forwarded(&parts.headers).filter(|_| app.settings.behind_proxy);
        let peer = || parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| Client::of(info.0.ip()));
        Ok(forwarded.or_else(peer).unwrap_or_else(|| Client("local".into())))
    }
}

/// So many requests of each client in a minute, by tokens that come back with time.
#[derive(Debug)]
pub(super) struct RateLimit {
    a_minute: f64,
    /// Tokens that are left, and when they were counted.
    clients: Mutex<HashMap<String, (f64, Instant)>>,
}

impl RateLimit {
    pub(super) fn new(a_minute: u32) -> Self {
        RateLimit { a_minute: f64::from(a_minute), clients: Mutex::default() }
    }

    /// Counts one request.
    ///
    /// # Errors
    /// Seconds after which there may be another.
    pub(super) fn take(&self, client: &Client) -> Result<(), u32> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() > MOST_COUNTED {
            clients.retain(|_, (_, when)| when.elapsed().as_secs() < 60);
        }
        let now = Instant::now();
        let (left, when) = clients.entry(client.0.clone()).or_insert((self.a_minute, now));
        *left = (*left + when.elapsed().as_secs_f64() * self.a_minute / 60.0).min(self.a_minute);
        *when = now;
        if *left < 1.0 {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a minute")]
            let seconds = ((1.0 - *left) * 60.0 / self.a_minute).ceil() as u32;
            return Err(seconds.max(1));
        }
        *left -= 1.0;
        Ok(())
    }
}

/// Places that are few, and of which one client has only some.
#[derive(Clone, Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    of_one: usize,
    held: Arc<Mutex<HashMap<String, usize>>>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// Others have them all.
    All,
    /// The client has as many as it may.
    Own,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    held: Arc<Mutex<HashMap<String, usize>>>,
    client: String,
}

impl Places {
    pub(super) fn new(all: usize, of_one: usize) -> Self {
        Places { free: Arc::new(Semaphore::new(all)), of_one, held: Arc::default() }
    }

    /// Takes a place, without waiting.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn take(&self, client: &Client) -> Result<Place, Full> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.get(&client.0).copied().unwrap_or(0);
        if own >= self.of_one {
            return Err(Full::Own);
        }
        let permit = self.free.clone().try_acquire_owned().map_err(|_| Full::All)?;
        held.insert(client.0.clone(), own + 1);
        Ok(Place { _permit: permit, held: self.held.clone(), client: client.0.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str) -> Client {
        Client::named(name)
    }

    #[test]
    fn what_the_proxy_wrote_last_counts() {
        let from = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            forwarded(&headers).map(|client| client.0)
        };
        assert_eq!(from(&["fake, 203.0.113.9"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(from(&["fake", "203.0.113.9"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(from(&["203.0.113.9:4711"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(from(&["fake", ""]), None);
        assert_eq!(from(&[]), None);
    }

    #[test]
    fn addresses_of_one_network_are_one_client() {
        assert_eq!(client("2001:db8:1:2:3::4").0, client("[2001:db8:1:2:ffff::]:80").0);
        assert_ne!(client("2001:db8:1:2::4").0, client("2001:db8:1:3::4").0);
        assert_eq!(client("::ffff:10.0.0.1").0, "10.0.0.1");
        assert_eq!(client("::1").0, "::1");
    }

    #[test]
    fn one_client_has_only_some_of_the_places() {
        let places = Places::new(3, 2);
        let (a, b, c) = (client("10.0.0.1"), client("10.0.0.2"), client("10.0.0.3"));
        let first = places.take(&a).unwrap();
        let _second = places.take(&a).unwrap();
        assert_eq!(places.take(&a).unwrap_err(), Full::Own);
        let _third = places.take(&b).unwrap();
        assert_eq!(places.take(&c).unwrap_err(), Full::All);
        drop(first);
        assert!(places.take(&c).is_ok());
    }

    #[test]
    fn a_minute_has_so_many_requests_of_each_client() {
        let limit = RateLimit::new(2);
        let (a, b) = (client("10.0.0.1"), client("10.0.0.2"));
        assert!(limit.take(&a).is_ok() && limit.take(&a).is_ok());
        assert!((1..=30).contains(&limit.take(&a).unwrap_err()));
        assert!(limit.take(&b).is_ok());
    }
}
