//! A Docker engine on a socket that says what a test wants: for what a real one would take long to do, or never does.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What it answers to a path behind `/v1.41`: a status and JSON. `None` answers nothing and holds the connection.
type Answers = Box<dyn Fn(&str) -> Option<(u16, String)> + Send + Sync>;

/// Goes on until the test ends.
pub(crate) struct FakeEngine {
    socket: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeEngine {
    /// `name` is that of the test; builds never end unless `answers` says something else.
    pub(crate) fn start(name: &str, answers: impl Fn(&str) -> Option<(u16, String)> + Send + Sync + 'static) -> Self {
        // A socket's path has at most 107 bytes.
        let socket = std::env::temp_dir().join(format!("stageplay-{name}-{}.sock", std::process::id()));
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).expect("a socket");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, log): (Arc<Answers>, _) = (Arc::new(Box::new(answers)), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answers, log) = (answers.clone(), log.clone());
                std::thread::spawn(move || answer(stream, &answers, &log));
            }
        });
        FakeEngine { socket, asked }
    }

    /// As `--engine` takes it.
    pub(crate) fn engine(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// The paths that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An engine that takes connections and never answers, and how many it took.
pub(crate) fn silent(name: &str) -> (PathBuf, Arc<AtomicUsize>) {
    let socket = std::env::temp_dir().join(format!("stageplay-{name}-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&socket);
    let listener = UnixListener::bind(&socket).expect("a socket");
    let count = Arc::new(AtomicUsize::new(0));
    let taken = count.clone();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            held.push(stream);
            taken.fetch_add(1, Ordering::SeqCst);
        }
    });
    (socket, count)
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn answer(stream: UnixStream, answers: &Answers, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let _ = reader.read_line(&mut first);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
            break;
        }
    }
    let path = first.split_whitespace().nth(1).unwrap_or("").split('?').next().unwrap_or("");
    let path = path.strip_prefix("/v1.41").unwrap_or(path).to_string();
    log.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
    let usual = match path.as_str() {
        "/_ping" => Some("OK"),
        "/version" => Some(r#"{"Version":"20.10.24","ApiVersion":"1.41","Os":"linux","Arch":"amd64"}"#),
        // A test may say something else of it.
        "/info" if answers("/info").is_none() => Some("{}"),
        "/containers/json" | "/images/json" => Some("[]"),
        _ => None,
    };
    match usual.map(|text| (200, text.to_string())).or_else(|| answers(&path)) {
        Some((status, body)) => {
            let head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n");
            let _ = write!(reader.get_mut(), "{head}Content-Length: {}\r\n\r\n{body}", body.len());
        }
        None => {
            let _ = std::io::copy(&mut reader.by_ref(), &mut std::io::sink());
        }
    }
}
