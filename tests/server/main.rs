//! The server: who may ask what, and, where a Docker engine is present, real builds with all their ends.

mod canary;
mod client_limits;
mod costs;
mod daemon;
mod engine;
mod fake_engine;
mod http;
mod isolated;
mod leftovers;
mod openapi;
mod parser_differences;
mod starts;
mod workers;

use http::{Server, TOKEN};
use serde_json::json;
use stageplay_tests::folder;

fn alone() -> Server {
    // Tests run side by side, and `folder` empties what it gives: one for each.
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    Server::start(&folder(&format!("server-alone-{number}")), &["--engine", "none"])
}

#[test]
fn only_who_was_meant_to_may_ask() {
    let server = alone();
    let status = |headers: &[(&str, &str)]| server.ask("GET", "/api/engine", headers, &[]).status;
    assert_eq!(status(&[]), 200);
    // Without the token, or with another one.
    assert_eq!(status(&[("Authorization", "")]), 401);
    assert_eq!(status(&[("Authorization", "Bearer wrong")]), 401);
    assert_eq!(status(&[("Authorization", &format!("Basic {TOKEN}"))]), 401);
    // A name of an attacker's that resolves here.
    assert_eq!(status(&[("Host", "evil.example")]), 421);
    assert_eq!(status(&[("Host", "")]), 421);
    assert_eq!(server.ask("GET", "/", &[("Host", "evil.example")], &[]).status, 421);
    // A page of another site in a visitor's browser, which even knows the token.
    assert_eq!(status(&[("Origin", "http://evil.example")]), 403);
    assert_eq!(status(&[("Origin", "null")]), 403);
    assert_eq!(status(&[("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(status(&[("Origin", &format!("http://{}", server.address))]), 200);
    // No answer lets another site read it.
    assert!(!server.get("/api/engine").head.contains("access-control-allow"));
}

#[test]
fn the_page_comes_with_its_token_and_a_strict_policy() {
    let server = alone();
    let page = server.ask("GET", "/", &[("Authorization", "")], &[]);
    assert_eq!(page.status, 200);
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    assert!(page.head.contains("x-content-type-options: nosniff") && page.head.contains("cache-control: no-cache"));
    for path in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/..%2fCargo.toml", "//etc/passwd", "/.made"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("root:"), "{path}");
    }
}

#[test]
fn without_an_engine_it_says_what_is_missing() {
    let server = alone();
    let engine = server.get("/api/engine").json();
    assert_eq!((&engine["available"], &engine["problem"]["code"]), (&json!(false), &json!("no-engine")));
    assert!(engine["problem"]["help"].is_string());
    let refused = server.post(&json!({"dockerfile": "FROM scratch\n"}));
    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("no-engine")));
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(server.ask("GET", "/readyz", &[("Host", "10.1.2.3")], &[]).status, 200);
    assert!(server.get("/metrics").body.contains("stageplay_builds_waiting 0"));
    let lost = Server::start(&folder("server-lost"), &["--engine", "unix:///nowhere.sock"]);
    assert_eq!(lost.get("/readyz").status, 503);
    assert!(lost.get("/api/engine").json()["problem"]["message"].as_str().unwrap().contains("/nowhere.sock"));
}

/// Another user could replace what is below a folder that all may write to.
#[test]
fn a_state_folder_that_others_can_replace_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let top = folder("server-state-of-others");
    let (open, state) = (top.join("open"), top.join("open/state"));
    std::fs::create_dir_all(&state).expect("a folder");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).expect("its mode");
    symlink("open/state", top.join("link")).expect("a link");
    for state in [&state, &top.join("link"), &open.join("not/yet/made")] {
        // A server that is not refused would go on.
        let mut serve = stageplay_tests::program("timeout");
        serve.arg("20").arg(stageplay_tests::stageplay().get_program());
        serve.args(["serve", "--engine", "none", "--listen", "127.0.0.1:0", "--state"]).arg(state);
        let refused = serve.output().expect("the program runs");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{said}");
        for part in [&*open.display().to_string(), "may be written by other users", "chmod go-w", "--state"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    assert!(!open.join("not").exists(), "nothing is made before it is checked");
    // In a container nobody else is there.
    let server = Server::start(&state, &["--engine", "none", "--state-is-private"]);
    assert_eq!(server.get("/healthz").status, 200);
}

/// A pipe among the base images is told, and not waited for.
#[test]
fn a_pipe_among_the_base_images_does_not_hold_up_the_start() {
    let archives = folder("server-pipe-archives");
    let pipe = archives.join("x.tar");
    assert!(stageplay_tests::program("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()));
    // Whoever waits for the pipe goes on after a while, and the test fails.
    let other_end = pipe.clone();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(20));
        std::fs::OpenOptions::new().write(true).open(other_end)
    });
    let begun = std::time::Instant::now();
    let engine = ["--engine", "buildkit://127.0.0.1:1", "--base-images"];
    let server = Server::start(&folder("server-pipe"), &[&engine[..], &[&archives.display().to_string()]].concat());
    let problem = &server.get("/api/engine").json()["problem"];
    let message = problem["message"].as_str().unwrap_or("");
    assert!(message.contains("x.tar") && message.contains("not a regular file"), "{problem}");
    assert!(begun.elapsed().as_secs() < 20, "it was waited for");
}

/// A server whose folder for temporary files is gone can take no build until it is started again, and says so.
#[test]
fn a_state_folder_that_was_removed_is_told() {
    let state = folder("server-state-removed");
    let server = Server::start(&state, &["--engine", "none"]);
    assert_eq!(server.get("/readyz").status, 200);
    std::fs::remove_dir_all(&state).expect("it is removed");
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(
        ready.body.contains("--state was removed") && ready.body.contains("start the server again"),
        "{}",
        ready.body
    );
}

/// Where the engine keeps its files is no business of visitors.
#[test]
fn the_folders_of_an_engine_are_not_shown() {
    let engine = fake_engine::FakeEngine::start("data-root", |path| match path {
        "/info" => Some((200, r#"{"DockerRootDir":"/srv/secret-place"}"#.into())),
        "/build" => Some((500, r#"{"message":"mkdir /srv/secret-place/overlay2/0a: no space left on device"}"#.into())),
        _ => Some((404, r#"{"message":"not here"}"#.into())),
    });
    let server = Server::start(&folder("server-data-root"), &["--engine", &engine.engine()]);
    let (events, status) = server.build(&json!({"dockerfile": "FROM scratch\nCMD [\"/x\"]\n", "builder": "classic"}));
    let all = format!("{status}{events:?}");
    assert!(all.contains("a file of the builder: no space left") && !all.contains("secret-place"), "{all}");
}

#[test]
fn an_address_is_answered_up_to_the_length_that_is_promised() {
    let server = alone();
    let ask = |length: usize| {
        let url = format!("url=http%3A%2F%2F{}%2F%23w%3D", server.address.replace(':', "%3A"));
        let path = format!("/oembed?{url}{}", "A".repeat(length - url.len()));
        server.ask("GET", &path, &[("User-Agent", &"x".repeat(1_000)), ("Cookie", &"y".repeat(4_000))], &[])
    };
    let answer = ask(48_000);
    assert_eq!(answer.status, 200, "{}", answer.head);
    assert!(answer.json()["html"].as_str().is_some_and(|html| html.contains(&"A".repeat(47_000))));
    for length in [48_001, 60_000] {
        let answer = ask(length);
        assert_eq!(answer.status, 414, "{length}");
        assert!(answer.body.contains("48000 bytes"), "{}", answer.body);
    }
    assert!(matches!(ask(200_000).status, 0 | 414 | 431));
}

#[test]
fn what_is_not_there_is_said_as_json() {
    let server = alone();
    for (method, path, status) in [
        ("GET", "/api/builds/nothing", 404),
        ("DELETE", "/api/builds/nothing", 404),
        ("GET", "/api/builds/nothing/events", 404),
        ("GET", "/api/builds/..%2f..%2fetc/image.tar", 404),
        ("GET", "/api/nothing", 404),
        ("PUT", "/api/builds", 405),
    ] {
        let answer = server.ask(method, path, &[], &[]);
        assert_eq!(answer.status, status, "{method} {path}");
        if status == 404 {
            assert!(answer.json()["message"].is_string(), "{path}");
        }
    }
    let document = server.ask("GET", "/api/openapi.json", &[("Authorization", "")], &[]).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

/// Clients that send slowly, break off, or speak something else hold nobody up.
#[test]
fn odd_clients_hold_nobody_up() {
    use std::io::Write;
    let server = alone();
    let connections: Vec<_> = (0..100)
        .map(|index| {
            let mut stream = std::net::TcpStream::connect(&server.address).expect("it listens");
            let bytes: &[u8] = match index % 4 {
                0 => b"GET / HT",
                1 => b"POST /api/builds HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nx",
                2 => b"\x16\x03\x01\x02\x00\x01",
                _ => b"GET /api/engine HTTP/1.1\r\nX: \x00\r\n\r\n",
            };
            let _ = stream.write_all(bytes);
            stream
        })
        .collect();
    assert_eq!(server.get("/healthz").status, 200);
    drop(connections);
    let long = "x".repeat(200_000);
    let answer = server.ask("GET", "/api/engine", &[("X-Long", &long)], &[]);
    assert!(matches!(answer.status, 0 | 400 | 431), "{}", answer.status);
    assert_eq!(server.get("/healthz").status, 200);
}
