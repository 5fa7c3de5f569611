use std::io::{Read, Write};
use std::net::TcpListener;
fn main() {
    let listener = TcpListener::bind("0.0.0.0:8080").unwrap();
    println!("listening on 8080");
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut buffer = [0; 1024];
        let _ = stream.read(&mut buffer);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhello\n").unwrap();
    }
}
