use std::io::{self, Write};
use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:7001")?;
    println!("listening on 7001");
    for peer in listener.incoming() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        writeln!(peer?, "{}", now.as_secs())?;
    }
    Ok(())
}
