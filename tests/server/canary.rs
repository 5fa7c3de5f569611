//! A server on the host's loopback that nothing should ever reach: it counts who comes.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What it answers: seen in a build's output, something fetched it.
pub(crate) const SECRET: &str = "the-host-was-reached";

pub(crate) struct Canary {
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    count: Arc<AtomicUsize>,
}

impl Canary {
    pub(crate) fn start() -> Canary {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        std::thread::spawn(move || {
            for mut client in listener.incoming().map_while(Result::ok) {
                counter.fetch_add(1, Ordering::SeqCst);
                let _ = client.set_read_timeout(Some(Duration::from_secs(1)));
                let _ = client.read(&mut [0; 4_096]);
                let length = SECRET.len();
                let _ =
                    write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{SECRET}");
            }
        });
        Canary { address, count }
    }

    /// How many connections there were.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}
