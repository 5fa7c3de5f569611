//! `cargo xtask serve`: set up, build, serve.

use crate::page::{self, Page};
use crate::run::{Done, command, logged, root, run, step};
use crate::setup;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread;

/// Ports tried if the one asked for is taken.
const TRIES: u16 = 20;

pub(crate) fn serve(words: &[&str]) -> Done {
    let mut port = 8080u16;
    let (mut open, mut dev) = (false, false);
    let mut words = words.iter();
    let mut rest: Vec<&str> = Vec::new();
    while let Some(word) = words.next() {
        match *word {
            "--open" => open = true,
            "--dev" => dev = true,
            "--port" => {
                port =
                    words.next().and_then(|text| text.parse().ok()).ok_or("--port needs a number from 1 to 65535")?;
            }
            "--" => rest = words.by_ref().copied().collect(),
            other => {
                return Err(format!(
                    "unknown option {other:?}; serve takes --open, --dev, --port N, and behind -- what stageplay serve takes"
                ));
            }
        }
    }
    let got = free_port(port)?;
    if dev {
        setup::everything()?;
        setup::development()?;
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
    build()?;
    let mut server = server("target/debug/stageplay", got);
    if open {
        server.arg("--open");
    }
    println!();
    run(server.args(rest))
}

/// Builds the page and the server at the same time: each waits for its largest crate now and then.
fn build() -> Done {
    let log = root().join("target/page.log");
    let file = fs::create_dir_all(root().join("target")).and_then(|()| fs::File::create(&log));
    let file = file.map_err(|error| format!("{}: {error}", log.display()))?;
    let page = thread::spawn(|| logged(file, || setup::everything().and_then(|()| page::build(Page::Local))));
    println!("==> build the page (target/page.log shows how far it is)");
    let server = step("build the server (the first time the two take a few minutes)", || {
        // The page is read from its folder, so that a change of it does not compile the server anew.
        // Not optimised: that would cost minutes, and an engine's work takes longer than the server's.
        run(command("cargo").args(["build", "-p", "stageplay"]))
    });
    let page = page.join().unwrap_or_else(|_| Err("the page's build panicked".into()));
    let page = page.map_err(|error| format!("{}\n{error}", fs::read_to_string(&log).unwrap_or_default()));
    server.and(page)
}

/// The program as a server of the built page.
fn server(program: &str, port: u16) -> Command {
    let mut server = command(program);
    server.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--page"]).arg(root().join("dist"));
    server
}

/// A server for tests, which ends with this value.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    /// Starts the program that the tests built, on a port that is free.
    pub(crate) fn start() -> Done<Self> {
        let state = root().join("target/test-server");
        let mut server = server("target/debug/stageplay", 0);
        server.arg("--state").arg(&state).args(["--rate", "1000", "--run-time", "2"]);
        let mut child = server
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start the server: {error}"))?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            let mut out = BufReader::new(out);
            out.read_line(&mut line).map_err(|error| error.to_string())?;
            // What else it says must find a reader.
            thread::spawn(move || out.lines().map_while(Result::ok).for_each(drop));
        }
        let address = line.split_whitespace().find(|word| word.starts_with("http://"));
        let address = address.ok_or(format!("the server does not say where it is: {line:?}"))?.to_string();
        Ok(Server { child, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first free port, on this machine only.
fn free_port(port: u16) -> Done<u16> {
    for candidate in port..port.saturating_add(TRIES) {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, candidate)) {
            Ok(_) => {
                if candidate != port {
                    println!("==> port {port} is taken: using {candidate}");
                }
                return Ok(candidate);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(format!("cannot listen on port {candidate}: {error}")),
        }
    }
    Err(format!("ports {port} to {} are all taken: choose one with --port N", port.saturating_add(TRIES - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_gives_the_next() {
        let first = free_port(18_080).unwrap();
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, first)).unwrap();
        assert!(free_port(first).unwrap() > first);
    }
}
