//! What one client may send, how fast, and how much of the server it may have: limits and rates. No engine is asked:
//! `cargo xtask test` runs these tests beside those that ask one.

use crate::fake_engine::FakeEngine;
use crate::http::{Answer, Server};
use serde_json::{Value, json};
use stageplay_tests::{folder, program, stageplay};
use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A bound for what takes seconds: only a test that fails waits for it.
const LONG: Duration = Duration::from_secs(100);

/// Waits until something is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LONG, "waited for: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// An engine on which builds never end, and that has no images.
fn endless(name: &str) -> FakeEngine {
    FakeEngine::start(name, |path| path.starts_with("/images/").then(|| (404, r#"{"message":"no such image"}"#.into())))
}

/// A page whose largest file has so many bytes.
fn page(name: &str, bytes: u64) -> String {
    let page = folder(name);
    std::fs::write(page.join("index.html"), "<head></head>").expect("a file");
    std::fs::File::create(page.join("large.wasm")).and_then(|file| file.set_len(bytes)).expect("a file");
    page.display().to_string()
}

/// Sockets that the server has open.
fn sockets(server: &Server) -> usize {
    let all = std::fs::read_dir(format!("/proc/{}/fd", server.child.id())).into_iter().flatten().flatten();
    all.filter(|entry| std::fs::read_link(entry.path()).is_ok_and(|to| to.to_string_lossy().starts_with("socket:")))
        .count()
}

/// What a server says that refuses to start.
fn refusal(state: &Path, options: &[&str]) -> String {
    let mut serve = stageplay();
    serve.args(["serve", "--state"]).arg(state).args(options).env_remove("DOCKER_HOST");
    let mut serve = serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let begun = Instant::now();
    while serve.try_wait().is_ok_and(|ended| ended.is_none()) && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    // One that was not refused goes on.
    let _ = serve.kill();
    let output = serve.wait_with_output().expect("it ended");
    assert_eq!(output.status.code(), Some(2), "{options:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_page_is_sent_compressed_as_the_client_takes_it_and_once() {
    let page = folder("front-page");
    std::fs::write(page.join("index.html"), "<head></head>").expect("a file");
    let text = "text ".repeat(10_000);
    for (name, content) in [("a.js", &*text), ("a.js.br", "as brotli"), ("a.js.gz", "as gzip"), ("b.js", &*text)] {
        std::fs::write(page.join(name), content).expect("a file");
    }
    let state = folder("front-page-state");
    let server = Server::start(&state, &["--engine", "none", "--page", &page.display().to_string()]);
    let get = |path: &str, headers: &[(&str, &str)]| server.ask("GET", path, headers, &[]);
    let encoded = |path: &str, accepted: &str| get(path, &[("Accept-Encoding", accepted)]);

    let brotli = encoded("/a.js", "gzip, deflate, br");
    assert_eq!((brotli.status, brotli.body.as_str()), (200, "as brotli"));
    assert!(brotli.head.contains("content-encoding: br") && brotli.head.contains("vary: accept-encoding"));
    assert!(brotli.head.contains("content-type: text/javascript"), "{}", brotli.head);
    assert_eq!(encoded("/a.js", "gzip, br;q=0").body, "as gzip");
    let plain = get("/a.js", &[]);
    assert!(plain.body == text && !plain.head.contains("content-encoding"), "{}", plain.head);
    // Without a compressed form the server makes one.
    let made = encoded("/b.js", "br, gzip");
    assert!(made.head.contains("content-encoding: gzip") && made.body.len() < text.len() / 10, "{}", made.head);
    assert!(encoded("/", "gzip").status == 200 && get("/a.js.br", &[]).status == 404);

    let tag = |answer: &Answer| {
        let line = answer.head.lines().find_map(|line| line.strip_prefix("etag: ")).map(str::to_string);
        line.unwrap_or_else(|| panic!("no ETag in {}", answer.head))
    };
    assert_ne!(tag(&brotli), tag(&plain));
    // Header values in `head` are in lower case, tags are not: asked for again by a request of the test's own.
    let raw = |more: &str| {
        let mut stream = TcpStream::connect(&server.address).expect("it listens");
        write!(stream, "GET /a.js HTTP/1.0\r\nHost: {}\r\n{more}\r\n", server.address).expect("it is sent");
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        text
    };
    let first = raw("");
    let exact = first.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag").to_string();
    let again = raw(&format!("If-None-Match: \"other\", W/{exact}\r\n"));
    assert!(again.starts_with("HTTP/1.0 304") && again.ends_with("\r\n\r\n"), "{again}");
    assert!(raw("If-None-Match: \"other\"\r\n").starts_with("HTTP/1.0 200"));
}

#[test]
fn clients_that_do_not_read_cost_nothing_and_are_disconnected() {
    let page = page("front-slow-page", 24 << 20);
    let server = Server::start(&folder("front-slow"), &["--engine", "none", "--page", &page]);
    let (idle, open) = (server.memory(), sockets(&server));
    let unread: Vec<_> = (0..30)
        .map(|_| {
            let mut stream = server.send("GET", "/large.wasm", &[], &[]);
            let mut line = String::new();
            stream.read_line(&mut line).expect("an answer");
            assert!(line.contains(" 200 "), "{line}");
            stream
        })
        .collect();
    let grown = server.memory().saturating_sub(idle);
    assert!(grown < 48 << 20, "{grown} bytes more for 30 answers of 24 MiB");
    until("connections that are not read are closed", || sockets(&server) <= open);
    let mut bytes = Vec::new();
    let _ = unread.into_iter().next().expect("one").read_to_end(&mut bytes);
    assert!(bytes.len() < 24 << 20, "it was cut off");
    assert_eq!(server.get("/large.wasm").body.len(), 24 << 20, "who reads gets all");
}

#[test]
fn a_stream_with_a_reader_goes_on_though_nothing_happens() {
    let fake = endless("stream");
    let server = Server::start(&folder("front-stream"), &["--engine", &fake.engine()]);
    let id = server.submit(&json!({"dockerfile": "FROM scratch\n", "builder": "classic"}));
    let begun = Instant::now();
    let stream = server.send("GET", &format!("/api/builds/{id}/events"), &[], &[]);
    // Signs of life come every 15 seconds: the third comes behind the time limit for writing.
    let signs = stream.lines().map_while(Result::ok).filter(|line| line.starts_with(':')).take(3).count();
    assert!(signs == 3 && begun.elapsed() > Duration::from_secs(40), "{signs} signs of life");
}

#[test]
fn one_client_has_only_some_of_the_connections() {
    let server = Server::start(&folder("front-connections"), &["--engine", "none"]);
    let open: Vec<_> = (0..520).map_while(|_| TcpStream::connect(&server.address).ok()).collect();
    let last = open.last().expect("a connection");
    last.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket");
    // Closed at once, while those before it are waited for.
    let mut byte = [0];
    let begun = Instant::now();
    let closed = { last }.read(&mut byte);
    assert!(matches!(closed, Ok(0)) || closed.is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock));
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(open);
    until("there are free ones again", || server.get("/healthz").status == 200);
}

#[test]
fn one_client_does_not_hold_all_uploads_and_a_trickle_ends() {
    let fake = endless("uploads");
    let server =
        Server::start(&folder("front-uploads"), &["--engine", &fake.engine(), "--behind-proxy", "--rate", "1000"]);
    let build = json!({"dockerfile": "FROM scratch\n", "builder": "classic"}).to_string();
    let post = |client: &str| {
        let headers = [("Content-Type", "application/json"), ("X-Forwarded-For", client)];
        server.ask("POST", "/api/builds", &headers, build.as_bytes())
    };
    let begin = || {
        let headers =
            [("Content-Type", "application/json"), ("X-Forwarded-For", "192.0.2.1"), ("Content-Length", "1000000")];
        server.send("POST", "/api/builds", &headers, b"{")
    };
    let held: Vec<_> = (0..8).map(|_| begin()).collect();
    until("the client has all that it may have", || {
        let answer = post("192.0.2.1");
        answer.status == 429 && answer.json()["code"] == "uploads"
    });
    for _ in 0..3 {
        let answer = post("192.0.2.2");
        assert_eq!(answer.status, 202, "another client: {}", answer.body);
    }
    let facts = server.ask("GET", "/api/images/facts?name=alpine", &[("X-Forwarded-For", "192.0.2.1")], &[]);
    assert_eq!(facts.status, 404, "facts have places of their own: {}", facts.body);
    // Two were taken, six refused at once. Those that were taken end, though the client does not end them.
    let mut codes: Vec<String> = held
        .into_iter()
        .map(|mut stream| {
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
            let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap_or("")).unwrap_or_default();
            body["code"].as_str().unwrap_or("nothing").to_string()
        })
        .collect();
    codes.sort();
    assert_eq!(codes, ["slow", "slow", "uploads", "uploads", "uploads", "uploads", "uploads", "uploads"]);
}

#[test]
fn behind_a_proxy_the_last_line_tells_who_asks() {
    let server = Server::start(&folder("front-proxy"), &["--engine", "none", "--behind-proxy", "--rate", "3"]);
    let ask = |first: &str, last: &str| {
        let headers = [("X-Forwarded-For", first), ("X-Forwarded-For", last), ("Content-Type", "application/json")];
        server.ask("POST", "/api/builds", &headers, b"{}").status
    };
    let asked: Vec<u16> = (0..6).map(|number| ask(&format!("192.0.2.{number}"), "203.0.113.9")).collect();
    assert_eq!(asked, [409, 409, 409, 429, 429, 429]);
    assert_eq!(ask("203.0.113.9", "198.51.100.1"), 409, "another client");
}

#[test]
fn odd_hosts_and_sites_are_refused() {
    let server = Server::start(&folder("front-hosts"), &["--engine", "none"]);
    let status = |headers: &[(&str, &str)]| server.ask("GET", "/", headers, &[]).status;
    for host in [
        "[::1].evil.example:80",
        "[::1]evil",
        "[localhost]x",
        "localhost:80@evil.example",
        "evil@localhost",
        "localhost:port",
        "localhost:",
    ] {
        assert_eq!(status(&[("Host", host)]), 421, "{host}");
    }
    assert_eq!(status(&[("Host", "localhost"), ("Host", "evil.example")]), 400);
    assert_eq!(status(&[("Host", "localhost"), ("Host", "localhost")]), 400);
    assert_eq!(status(&[("Host", "localhost\u{e9}")]), 400);
    assert_eq!(status(&[("Host", "[::1]:8080")]), 200);
    let absolute = |target: &str| server.ask("GET", target, &[("Host", "localhost")], &[]).status;
    assert_eq!((absolute("http://evil.example/"), absolute("http://localhost/")), (400, 200));
    let api = |headers: &[(&str, &str)]| server.ask("GET", "/api/engine", headers, &[]).status;
    assert_eq!(api(&[("Sec-Fetch-Site", "same-origin\u{e9}")]), 403);
    assert_eq!(api(&[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(api(&[("Sec-Fetch-Site", "same-origin")]), 200);
}

#[test]
fn what_a_request_says_of_a_build_is_bounded() {
    let fake = endless("words");
    let server = Server::start(&folder("front-words"), &["--engine", &fake.engine(), "--rate", "1000"]);
    let refused = |answer: Answer| (answer.status, answer.json()["code"].as_str().unwrap_or("").to_string());
    let with = |key: &str, value: Value| {
        let mut build = json!({"dockerfile": "FROM scratch\n", "builder": "classic", "run": true});
        build[key] = value;
        server.post(&build)
    };
    for target in ["a\r\nb".to_string(), "\u{1b}[2J".into(), "x".repeat(5_000)] {
        assert_eq!(refused(with("target", json!(target))), (422, "target".into()));
    }
    let words: Vec<String> = (0..9).map(|_| "x".repeat(32 << 10)).collect();
    let answer = with("args", json!(words));
    assert!(answer.body.contains("262144"), "it says how much: {}", answer.body);
    assert_eq!(refused(answer), (422, "args".into()));
    assert_eq!(with("args", json!(words[..8])).status, 202);
    let tar = |query: &str| {
        server.ask("POST", &format!("/api/builds?{query}"), &[("Content-Type", "application/x-tar")], &[0; 1_024])
    };
    for twice in ["target=a&target=b", "platform=linux/amd64&platform=linux/amd64", "run=true&run=false"] {
        let answer = tar(twice);
        assert!(answer.body.contains("twice"), "{twice}: {}", answer.body);
        assert_eq!(refused(answer), (422, "malformed".into()));
    }
}

#[test]
fn a_large_extended_header_is_refused_before_it_is_read() {
    let fake = endless("headers");
    let server = Server::start(&folder("front-headers"), &["--engine", &fake.engine()]);
    for kind in [b'x', b'L', b'K'] {
        let mut header = [0; 512];
        header[..4].copy_from_slice(b"name");
        header[124..136].copy_from_slice(format!("{:011o}\0", 200 << 20).as_bytes());
        header[156] = kind;
        header[257..265].copy_from_slice(b"ustar\x0000");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let headers = [("Content-Type", "application/x-tar"), ("Content-Length", "209716224")];
        // The rest never comes: what is asked of it is not worth waiting for.
        let answer = server.ask("POST", "/api/builds", &headers, &header);
        assert_eq!((answer.status, &answer.json()["code"]), (422, &json!("broken-context")), "{}", answer.body);
        assert!(answer.body.contains("209715200 bytes"), "{}", answer.body);
    }
}

#[test]
fn a_build_that_is_over_is_forgotten_when_it_is_deleted() {
    let fake = endless("forget");
    let server = Server::start(&folder("front-forget"), &["--engine", &fake.engine()]);
    let id = server.submit(&json!({"dockerfile": "FROM scratch\n", "builder": "classic"}));
    let path = format!("/api/builds/{id}");
    let delete = || server.ask("DELETE", &path, &[], &[]).status;
    assert_eq!(delete(), 200);
    until("it is cancelled", || server.get(&path).json()["state"] == "cancelled");
    assert_eq!((delete(), server.get(&path).status, delete()), (200, 404, 404));
    assert_eq!(server.get(&format!("{path}/events")).status, 404);
}

#[test]
fn facts_are_of_the_image_that_was_named() {
    let nameless = |names: &str, digests: &str| {
        let id = format!("sha256:{}", "a".repeat(64));
        Some((200, format!(r#"{{"Id":"{id}","RepoTags":[{names}],"RepoDigests":[{digests}]}}"#)))
    };
    let digest = |letter: &str| format!("sha256:{}", letter.repeat(64));
    let known = digest("b");
    let fake = FakeEngine::start("facts", move |path| match path {
        "/images/docker.io/library/other:1/json" => nameless("\"another:1\"", ""),
        path if path.ends_with("/get") => Some((500, r#"{"message":"this one was found"}"#.into())),
        path if path.starts_with("/images/") => nameless("\"own:1\"", &format!("\"own@{known}\"")),
        _ => None,
    });
    let server = Server::start(&folder("front-facts"), &["--engine", &fake.engine(), "--rate", "1000"]);
    let facts = |name: &str| server.get(&format!("/api/images/facts?name={name}"));
    // A nameless image, found by the beginning of its id.
    for id in ["sha256:95b1", "sha256:9", "sha256", "95b1", "aaaaaaaaaaaa", &"a".repeat(64)] {
        assert_eq!(facts(id).status, 422, "{id}");
    }
    let inspected = fake.asked().into_iter().filter(|path| path.starts_with("/images/") && path != "/images/json");
    assert_eq!(inspected.collect::<Vec<_>>(), Vec::<String>::new());
    // An answer that is of another image.
    assert_eq!(facts("other:1").status, 404);
    assert_eq!(facts(&format!("own@{}", digest("0"))).status, 404, "another digest");
    let asked = fake.asked();
    let with_digest = |path: &String| path.contains(&"0".repeat(64));
    assert!(asked.iter().any(with_digest), "the engine is asked for the digest: {asked:?}");
    for name in ["own:1".to_string(), format!("own@{}", digest("b"))] {
        assert!(facts(&name).body.contains("this one was found"), "{name}");
    }
}

#[test]
fn facts_have_a_rate_limit_and_few_places() {
    let fake = FakeEngine::start("facts-rate", |_| None);
    let server = Server::start(&folder("front-facts-rate"), &["--engine", &fake.engine(), "--rate", "3"]);
    // The engine never answers for this one.
    let _held = server.send("GET", "/api/images/facts?name=a:1", &[], &[]);
    until("the engine is asked", || fake.asked().iter().any(|path| path == "/images/docker.io/library/a:1/json"));
    let code = || server.get("/api/images/facts?name=b:1").json()["code"].as_str().map(str::to_string);
    let codes: Vec<_> = (0..3).filter_map(|_| code()).collect();
    assert_eq!(codes, ["images", "images", "too-often"]);
}

#[test]
fn temporary_files_are_gone_after_a_kill() {
    let fake = endless("kill");
    let state = folder("front-kill");
    let mut server = Server::start(&state, &["--engine", &fake.engine()]);
    for _ in 0..3 {
        server.submit(&json!({"dockerfile": "FROM scratch\n", "builder": "classic"}));
    }
    let files = || {
        let folder = state.join("stageplay-temporary");
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect::<Vec<_>>()
    };
    assert_eq!(files().len(), 3, "contexts are kept with the server's state");
    // Nothing has the time to clean up.
    server.child.kill().expect("it is killed");
    server.child.wait().expect("it ends");
    assert_eq!(files().len(), 3);
    let server = Server::start(&state, &["--engine", &fake.engine()]);
    assert!(files().is_empty(), "{:?}", files());
    server.submit(&json!({"dockerfile": "FROM scratch\n", "builder": "classic"}));
    drop(server);
    assert!(files().is_empty(), "after a stop: {:?}", files());
}

#[test]
fn two_servers_do_not_share_the_folder_of_their_state() {
    let state = folder("front-lock");
    let server = Server::start(&state, &["--engine", "none"]);
    let error = refusal(&state, &["--listen", "127.0.0.1:0", "--engine", "none"]);
    assert!(error.contains("another server keeps its state in") && error.contains("--state"), "{error}");
    drop(server);
    Server::start(&state, &["--engine", "none"]);
}

#[test]
fn other_machines_reach_a_docker_engine_only_if_that_was_accepted() {
    for engine in ["unix:///nowhere.sock", "tcp://127.0.0.1:1", "auto"] {
        let error = refusal(&folder("front-listen"), &["--listen", "0.0.0.0:0", "--engine", engine]);
        assert!(error.contains("--accept-unbounded-builds") && error.contains("buildkit://"), "{error}");
    }
    for (number, options) in [
        &["--engine", "none"][..],
        &["--engine", "buildkit://127.0.0.1:1"],
        &["--engine", "unix:///nowhere.sock", "--accept-unbounded-builds"],
    ]
    .iter()
    .enumerate()
    {
        let options = [&["--listen", "0.0.0.0:0"], *options].concat();
        let server = Server::start(&folder(&format!("front-listens-{number}")), &options);
        assert_eq!(server.get("/healthz").status, 200, "{options:?}");
    }
}

/// A context that keeps the simulator's ignore rules busy; where it does not any more, this says nothing.
#[test]
fn the_server_ends_though_work_goes_on() {
    let fake = endless("stop");
    let mut server = Server::start(&folder("front-stop"), &["--engine", &fake.engine()]);
    let rules = format!("{}b\n", "*a".repeat(17)).repeat(100);
    let build = json!({
        "dockerfile": "FROM scratch\n",
        "files": [{"path": ".dockerignore", "text": rules}, {"path": "a/".repeat(500) + "a", "text": ""}],
    });
    let headers = [("Content-Type", "application/json")];
    let mut stream = server.send("POST", "/api/builds", &headers, build.to_string().as_bytes());
    stream.get_mut().set_read_timeout(Some(Duration::from_secs(2))).expect("a socket");
    // Two seconds of work, or the answer.
    let _ = stream.read(&mut [0]);
    let told = program("kill").arg(server.child.id().to_string()).status();
    assert!(told.is_ok_and(|status| status.success()));
    until("it ends", || server.child.try_wait().is_ok_and(|ended| ended.is_some()));
    assert_eq!(server.child.wait().expect("it ended").code(), Some(0));
}

/// The most memory that a server has had so far, in bytes.
fn peak_memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1_024
}

/// An element of a list costs far more in memory than in JSON.
#[test]
fn lists_of_a_request_are_bounded_while_they_are_read() {
    let fake = endless("lists");
    let server = Server::start(&folder("front-lists"), &["--engine", &fake.engine(), "--rate", "1000"]);
    let before = peak_memory(&server);
    let length = 16_000_000;
    for (list, code, status) in
        [("\"files\":[{}", "context-files", 413), ("\"run\":true,\"args\":[\"\"", "too-many", 422)]
    {
        let element = &list[list.len() - 2..];
        let mut body = format!("{{\"dockerfile\":\"FROM scratch\",{list}");
        body.extend(std::iter::repeat_n(format!(",{element}"), length / 3));
        body.push_str("]}");
        let answer = server.ask("POST", "/api/builds", &[("Content-Type", "application/json")], body.as_bytes());
        assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)), "{}", answer.body);
        assert!(answer.json()["message"].as_str().is_some_and(|text| text.contains("at line 1 column")));
    }
    let grown = peak_memory(&server) - before;
    assert!(grown < 6 * length as u64, "{grown} bytes for requests of {length} bytes");
}

/// The context of one client that takes long to be packed does not keep that of another waiting.
#[test]
fn one_client_does_not_keep_the_threads_busy() {
    let fake = endless("threads");
    let server = Server::start(
        &folder("front-threads"),
        &["--engine", &fake.engine(), "--behind-proxy", "--rate", "1000", "--files", "100000"],
    );
    // Many patterns for many files.
    let rules: String = (0..4_000).map(|number| format!("**/{}*{number}\n", "a*".repeat(20))).collect();
    let mut files: Vec<Value> =
        (0..40_000).map(|number| json!({"path": format!("{}{number}", "a".repeat(40)), "text": ""})).collect();
    files.push(json!({"path": ".dockerignore", "text": rules}));
    let slow = json!({"dockerfile": "FROM scratch\n", "files": files}).to_string();
    let headers = |client| [("Content-Type", "application/json"), ("X-Forwarded-For", client)];
    std::thread::scope(|scope| {
        let busy =
            [0, 1].map(|_| scope.spawn(|| server.send("POST", "/api/builds", &headers("10.0.0.1"), slow.as_bytes())));
        let streams: Vec<_> = busy.into_iter().map(|thread| thread.join().expect("it is sent")).collect();
        std::thread::sleep(Duration::from_secs(2));
        let begun = Instant::now();
        let answer = server.ask("POST", "/api/builds", &headers("10.0.0.2"), br#"{"dockerfile": "FROM scratch\n"}"#);
        assert_eq!(answer.status, 202, "{}", answer.body);
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        drop(streams);
    });
}

#[test]
fn requests_share_the_wait_for_an_engine_that_does_not_answer() {
    let (socket, taken) = crate::fake_engine::silent("silent");
    let address = format!("unix://{}", socket.display());
    let server = Server::start(&folder("front-silent"), &["--engine", &address]);
    let before = taken.load(Ordering::SeqCst);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert_eq!(server.get("/readyz").status, 503));
        }
    });
    // A request that comes while an attempt goes on shares its result. One that comes later begins another.
    let attempts = taken.load(Ordering::SeqCst) - before;
    assert!((1..10).contains(&attempts), "{attempts} connections for 20 requests");
    let _ = std::fs::remove_file(socket);
}

#[test]
fn archives_do_not_stand_where_the_server_keeps_its_own() {
    let state = folder("front-own-archives");
    let own = state.join("base-images");
    std::fs::create_dir(&own).expect("a folder");
    let given = own.display().to_string();
    let error = refusal(&state, &["--listen", "127.0.0.1:0", "--build-daemon", "x", "--base-images", &given]);
    assert!(error.contains("--base-images") && error.contains("its own files"), "{error}");
}

#[test]
fn an_engine_that_does_not_end_an_answer_keeps_nobody_waiting() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let engine = format!("tcp://{}", listener.local_addr().expect("its address"));
    let answer = |mut stream: TcpStream| {
        let mut first = String::new();
        let mut reader = std::io::BufReader::new(stream.try_clone().expect("a socket"));
        let _ = reader.read_line(&mut first);
        let json = "HTTP/1.1 200 X\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n";
        let body = match first.split_whitespace().nth(1).unwrap_or("") {
            path if path.ends_with("/_ping") => "OK",
            path if path.ends_with("/info") => {
                let _ = write!(stream, "{json}Transfer-Encoding: chunked\r\n\r\n");
                while stream.write_all(b"1\r\n \r\n").is_ok() {
                    std::thread::sleep(Duration::from_millis(200));
                }
                return;
            }
            _ => r#"{"Version":"20.10.24","ApiVersion":"1.41","Os":"linux","Arch":"amd64"}"#,
        };
        let _ = write!(stream, "{json}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    };
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer(stream));
        }
    });
    let server = Server::start(&folder("front-endless-answer"), &["--engine", &engine]);
    let begun = Instant::now();
    assert_eq!(server.get("/healthz").status, 200);
    // One of them tries the engine again, and the others share its result.
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert_eq!(server.get("/readyz").status, 503));
        }
    });
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}
