//! `cargo xtask serve`: set up, build, serve.

use crate::run::{Done, command, has, root, run};
use crate::{page, setup};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// Ports tried if the one asked for is taken.
const TRIES: u16 = 20;

pub(crate) fn serve(words: &[&str]) -> Done {
    let mut port = 8080u16;
    let (mut open, mut dev) = (false, false);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--open" => open = true,
            "--dev" => dev = true,
            "--port" => {
                port =
                    words.next().and_then(|text| text.parse().ok()).ok_or("--port needs a number from 1 to 65535")?;
            }
            other => {
                return Err(format!("unknown option {other:?}; serve takes --open, --dev, --port N"));
            }
        }
    }
    setup::everything()?;
    let (listener, got) = bind(port)?;
    if dev {
        drop(listener);
        if open {
            println!("    (trunk opens the browser)");
        }
        let mut trunk = command("trunk");
        trunk.args(["serve", "--offline", "--address", "127.0.0.1", "--port", &got.to_string()]);
        if open {
            trunk.arg("--open");
        }
        return run(&mut trunk);
    }
    page::build(false)?;
    let address = format!("http://127.0.0.1:{got}");
    println!("\n    Stageplay is at {address}   (Ctrl+C stops it)\n");
    if open {
        open_browser(&address);
    }
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || {
            let _ = answer(stream, &root().join("dist"));
        });
    }
    Ok(())
}

/// The first free port, on this machine only.
pub(crate) fn bind(port: u16) -> Done<(TcpListener, u16)> {
    for candidate in port..port.saturating_add(TRIES) {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, candidate)) {
            Ok(listener) => {
                if candidate != port {
                    println!("==> port {port} is taken: using {candidate}");
                }
                return Ok((listener, candidate));
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(format!("cannot listen on port {candidate}: {error}")),
        }
    }
    Err(format!("ports {port} to {} are all taken: choose one with --port N", port.saturating_add(TRIES - 1)))
}

fn open_browser(address: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    if !has(opener) || command(opener).arg(address).spawn().is_err() {
        println!("    (no browser could be opened: open the address by hand)");
    }
}

/// Answers one request for a file. Enough for a browser on this machine; nothing else connects.
pub(crate) fn answer(mut stream: TcpStream, dist: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?.take(16 << 10));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    // The rest of the head must be read, or closing would reset the connection.
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or("/"));
    let (status, kind, body) = if method != "GET" && method != "HEAD" {
        ("405 Method Not Allowed", "text/plain", b"only GET".to_vec())
    } else {
        match file(target, dist).and_then(|path| Some((kind_of(&path), fs::read(path).ok()?))) {
            Some((kind, body)) => ("200 OK", kind, body),
            None => ("404 Not Found", "text/plain", b"not found".to_vec()),
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.flush()
}

/// The file of a request's target: inside `dist`, or nothing.
fn file(target: &str, dist: &Path) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?.trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let relative = Path::new(path);
    relative.components().all(|part| matches!(part, Component::Normal(_))).then(|| dist.join(relative))
}

fn kind_of(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("md") => "text/markdown; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_request_leads_out_of_dist() {
        let dist = Path::new("/dist");
        assert_eq!(file("/", dist).unwrap(), Path::new("/dist/index.html"));
        assert_eq!(file("/a/b.js?x", dist).unwrap(), Path::new("/dist/a/b.js"));
        for bad in ["/../x", "//etc/passwd/..", "/a/../../b"] {
            assert!(file(bad, dist).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_taken_port_gives_the_next() {
        let (_held, first) = bind(18_080).unwrap();
        let (_next, second) = bind(first).unwrap();
        assert!(second > first);
    }
}
