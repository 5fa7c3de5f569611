use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn echo(mut peer: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match peer.read(&mut buffer)? {
            0 => return Ok(()),
            count => peer.write_all(&buffer[..count])?,
        }
    }
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:7000")?;
    println!("listening on 7000");
    for peer in listener.incoming() {
        let peer = peer?;
        thread::spawn(move || echo(peer));
    }
    Ok(())
}
