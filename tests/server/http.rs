//! A server of our own program, and requests to it as bytes on a socket: what a library would refuse
//! to send is what an attacker sends.

use serde_json::Value;
use stageplay_tests::{program, stageplay};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

pub(crate) const TOKEN: &str = "0123456789-test-token";

/// Ends with this value, unless it was told to go on.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))
    }
}

impl Server {
    /// With a folder for its state and further options.
    pub(crate) fn start(state: &Path, options: &[&str]) -> Self {
        let mut command = stageplay();
        command.args(["serve", "--state"]).arg(state).args(options);
        if !options.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.env("STAGEPLAY_TOKEN", TOKEN).env_remove("DOCKER_HOST");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let address = first.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        let address = address.unwrap_or_else(|| panic!("no address in {first:?}")).to_string();
        Server { child, address }
    }

    /// A connection with a request on it; HTTP/1.0, so that the answer comes without frames.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a socket");
        let mut head = format!("{method} {path} HTTP/1.0\r\n");
        let given = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !given("host") {
            head.push_str(&format!("Host: {}\r\n", self.address));
        }
        if !given("authorization") {
            head.push_str(&format!("Authorization: Bearer {TOKEN}\r\n"));
        }
        if !body.is_empty() && !given("content-length") {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        // A server that refuses early may hang up before it has read everything.
        let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(body));
        BufReader::new(stream)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut text = Vec::new();
        let _ = self.send(method, path, headers, body).read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_string() }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], &[])
    }

    pub(crate) fn post(&self, build: &Value) -> Answer {
        self.ask("POST", "/api/builds", &[("Content-Type", "application/json")], build.to_string().as_bytes())
    }

    /// The id of a build that is taken on.
    pub(crate) fn submit(&self, build: &Value) -> String {
        let answer = self.post(build);
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.json()["id"].as_str().expect("an id").to_string()
    }

    /// The events of a build behind a number, until its end.
    pub(crate) fn events(&self, id: &str, after: usize) -> Vec<(usize, Value)> {
        let after = after.to_string();
        let stream = self.send("GET", &format!("/api/builds/{id}/events"), &[("Last-Event-ID", &after)], &[]);
        let mut number = 0;
        let mut events = Vec::new();
        for line in stream.lines().map_while(Result::ok) {
            if let Some(id) = line.strip_prefix("id: ") {
                number = id.parse().expect("a number");
            }
            if let Some(data) = line.strip_prefix("data: ") {
                events.push((number, serde_json::from_str(data).expect("JSON")));
            }
        }
        events
    }

    /// A build from its request to its end: the events, and the whole.
    pub(crate) fn build(&self, build: &Value) -> (Vec<Value>, Value) {
        let id = self.submit(build);
        let events = self.events(&id, 0).into_iter().map(|(_, event)| event).collect();
        (events, self.get(&format!("/api/builds/{id}")).json())
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// The most resident memory so far, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    /// A value of `/proc/PID/status` in bytes (proc(5)).
    fn status_bytes(&self, key: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("0");
        line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1_024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        // As a service manager would: it cleans up.
        let _ = program("kill").arg(self.child.id().to_string()).status();
        for _ in 0..3_000 {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
