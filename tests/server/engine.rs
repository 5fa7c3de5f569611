//! Real builds through the server.

use crate::http::Server;
use serde_json::{Value, json};
use stageplay_tests::{docker, folder, program, skipped, stageplay, stdout, write};
use std::collections::BTreeSet;
use std::io::{BufRead, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) const BASE: &str = "stageplay-server-base";
/// A base with the C library of this machine, for the story.
const GLIBC: &str = "stageplay-server-glibc";

static TURN: Mutex<()> = Mutex::new(());

/// The engine, one test at a time: they count what is on it.
pub(crate) struct Engine {
    _turn: MutexGuard<'static, ()>,
    /// The digest of the base image's layer.
    base: Value,
}

pub(crate) fn docker(arguments: &[&str]) -> String {
    stdout(&docker::docker().args(arguments).output().expect("docker runs"))
}

/// Adds this machine's C library.
const ADD_GLIBC: &str = r"
mkdir -p lib64 lib/x86_64-linux-gnu
cp -L /lib64/ld-linux-x86-64.so.2 lib64/
cp -L /lib/x86_64-linux-gnu/libc.so.6 lib/x86_64-linux-gnu/
";

/// For tests that need no engine and would disturb those that do: they count processes, and watch the disk.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// `None` if there is none, or no static busybox for a base image.
    pub(crate) fn find() -> Option<Engine> {
        let turn = turn();
        docker::version()?;
        if !docker::busybox_image(BASE, "") {
            return None;
        }
        let base = inspected("image", &[BASE]).pop()?["RootFS"]["Layers"][0].clone();
        Some(Engine { _turn: turn, base })
    }

    /// Whether it is on this machine and we may look at its files.
    pub(crate) fn is_here(&self) -> bool {
        std::fs::read_dir(docker(&["info", "--format", "{{.DockerRootDir}}"]).trim()).is_ok()
    }

    /// Ids of the images and containers on it that come from these tests: images that stand on the base image, their
    /// containers, and what has a label or a name of the server's. What others have on the engine is left out.
    pub(crate) fn everything(&self) -> Vec<String> {
        let has_label = |labels: &Value| {
            labels.as_object().is_some_and(|labels| labels.keys().any(|name| name.starts_with("dev.stageplay.")))
        };
        let images = inspected("image", &ids(&["images", "-aq", "--no-trunc"]));
        let images = images
            .into_iter()
            .filter(|image| image["RootFS"]["Layers"][0] == self.base || has_label(&image["Config"]["Labels"]));
        let images: BTreeSet<String> = images.filter_map(|image| Some(image["Id"].as_str()?.to_string())).collect();
        let containers = inspected("container", &ids(&["ps", "-aq", "--no-trunc"]));
        let containers = containers.into_iter().filter(|container| {
            container["Image"].as_str().is_some_and(|image| images.contains(image))
                || container["Name"].as_str().is_some_and(|name| name.starts_with("/stageplay-"))
                || has_label(&container["Config"]["Labels"])
        });
        let containers: Vec<String> = containers.filter_map(|one| Some(one["Id"].as_str()?.to_string())).collect();
        images.into_iter().chain(containers).collect()
    }
}

/// Ids that a command of the client lists.
fn ids(arguments: &[&str]) -> Vec<String> {
    let ids: BTreeSet<String> = docker(arguments).lines().map(str::to_string).collect();
    ids.into_iter().collect()
}

/// What the engine tells of images or containers. Those that are gone meanwhile are left out.
fn inspected(kind: &str, names: &[impl AsRef<str>]) -> Vec<Value> {
    if names.is_empty() {
        return Vec::new();
    }
    let names = names.iter().map(AsRef::as_ref);
    let arguments: Vec<&str> = [kind, "inspect"].into_iter().chain(names).collect();
    serde_json::from_str(&docker(&arguments)).unwrap_or_default()
}

pub(crate) fn server(name: &str, options: &[&str]) -> Server {
    let limits = ["--rate", "100000", "--run-time", "2", "--disk", "200MiB", "--memory", "128MiB", "--processes", "64"];
    Server::start(&folder(name), &[&limits[..], options].concat())
}

pub(crate) fn from_base(rest: &str) -> Value {
    json!({ "dockerfile": format!("FROM {BASE}\n{rest}") })
}

pub(crate) fn with(mut build: Value, more: Value) -> Value {
    for (key, value) in more.as_object().expect("an object") {
        build[key] = value.clone();
    }
    build
}

#[test]
fn a_real_build_streams_and_comes_back_as_a_report() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("server-stream", &["--allow-download"]);
    for builder in ["classic", "buildkit"] {
        let build = json!({
            "dockerfile": format!("# syntax=docker/dockerfile:1\nFROM {BASE} AS one\nRUN echo made && echo a > /a\nFROM {BASE}\nCOPY --from=one /a /a\nCOPY dir /d\nCMD [\"cat\", \"/a\", \"/d/f\"]\n"),
            "files": [{"path": "dir/f", "text": "file\n"}, {"path": "dir/bin", "base64": "AAEC", "mode": 0o755}, {"path": "l", "link": "dir"}],
            "builder": builder, "run": true, "no_cache": true,
        });
        let id = server.submit(&build);
        let events = server.events(&id, 0);
        let kinds: Vec<&str> = events.iter().filter_map(|(_, event)| event["type"].as_str()).collect();
        for kind in [
            "queued",
            "started",
            "step-started",
            "log",
            "step-finished",
            "built",
            "layer",
            "output",
            "ended",
            "finished",
        ] {
            assert!(kinds.contains(&kind), "{builder}: no {kind} in {kinds:?}");
        }
        assert_eq!(kinds.last(), Some(&"finished"));
        assert!(events.iter().enumerate().all(|(index, (number, _))| *number == index + 1), "numbered one by one");
        let logged =
            |event: &Value| event["type"] == "log" && event["text"].as_str().is_some_and(|text| text.contains("made"));
        let log = events.iter().find(|(_, event)| logged(event)).expect("what RUN prints");
        let step = events
            .iter()
            .find(|(_, event)| event["type"] == "step-started" && event["step"] == log.1["step"])
            .expect("its step");
        assert_eq!((&step.1["stage"], &step.1["line"]), (&json!(0), &json!(3)), "{builder}");
        // A stream goes on where it broke off.
        let rest = server.events(&id, log.0);
        assert_eq!(rest.as_slice(), &events[log.0..]);
        let status = server.get(&format!("/api/builds/{id}")).json();
        let report = &status["report"];
        assert_eq!(status["state"], "succeeded", "{status}");
        assert_eq!(report["run"]["stdout"], "a\nfile\n");
        assert_eq!((&report["run"]["verdict"], &report["run"]["exit_code"]), (&json!("starts"), &json!(0)));
        let copied = report["steps"].as_array().unwrap().iter().find(|step| step["line"] == 6).expect("the line");
        let paths: Vec<&str> =
            copied["layer"]["entries"].as_array().unwrap().iter().filter_map(|entry| entry["path"].as_str()).collect();
        assert_eq!(paths, ["/d", "/d/bin", "/d/f"]);
        assert_eq!(copied["layer"]["size"], json!({"bytes": 8, "honesty": "exact"}));
        assert!(!report["image"]["config"].to_string().contains("stageplay"), "our label is no part of the result");
        let archive = server.get(&format!("/api/builds/{id}/image.tar"));
        assert!(archive.status == 200 && archive.head.contains("application/x-tar") && archive.body.len() > 10_000);
    }
    drop(server);
    assert_eq!(engine.everything(), before);
}

/// The article's story with what this machine has: built where there is glibc, copied where there is none.
#[test]
fn the_story_happens_for_real_and_in_the_simulation() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let dir = folder("server-story");
    write(&dir, &[("server.c", "#include <stdio.h>\nint main() { puts(\"listening on :1111\"); return 0; }\n")]);
    let compiled = |flags: &[&str]| {
        program("cc").args(flags).arg("server.c").current_dir(&dir).status().is_ok_and(|status| status.success())
    };
    if !docker::busybox_image(GLIBC, ADD_GLIBC)
        || !compiled(&["-o", "dynamic"])
        || !compiled(&["-static", "-o", "static"])
    {
        return skipped("no C compiler, or no glibc to make a base image of");
    }
    let builds = [
        (
            "in the image it was built for",
            format!("FROM {GLIBC}\nCOPY dynamic /server\nENTRYPOINT [\"/server\"]\n"),
            "starts",
        ),
        (
            "copied where there is no loader",
            format!("FROM {BASE}\nCOPY dynamic /server\nENTRYPOINT [\"/server\"]\n"),
            "fails",
        ),
        ("linked statically", format!("FROM {BASE}\nCOPY static /server\nENTRYPOINT [\"/server\"]\n"), "starts"),
        (
            "in two stages",
            format!(
                "FROM {GLIBC} AS builder\nCOPY static /out/server\nRUN /out/server\nFROM {BASE}\nCOPY --from=builder /out/server /server\nENTRYPOINT [\"/server\"]\n"
            ),
            "starts",
        ),
        (
            "in two stages, and not found",
            format!(
                "FROM {GLIBC} AS builder\nCOPY dynamic /out/server\nRUN /out/server\nFROM {BASE}\nCOPY --from=builder /out/server /server\nENTRYPOINT [\"/server\"]\n"
            ),
            "fails",
        ),
        (
            "in a script without its shell",
            format!(
                "FROM {BASE}\nRUN printf '#!/bin/bash\\necho hi\\n' > /run.sh && chmod +x /run.sh\nCMD [\"/run.sh\"]\n"
            ),
            "fails",
        ),
    ];
    for builder in ["classic", "buildkit"] {
        for (what, dockerfile, verdict) in &builds {
            write(&dir, &[("Dockerfile", dockerfile), (".dockerignore", "Dockerfile\n")]);
            let mut diff = stageplay();
            diff.args(["diff", "--run", "--real-bases", "--builder", builder, "--format", "json"]).arg(&dir);
            let output = diff.env_remove("DOCKER_HOST").output().expect("it runs");
            let result: Value = serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|_| panic!("{what}: {}", String::from_utf8_lossy(&output.stderr)));
            let parts = result["comparison"]["parts"].as_array().expect("parts");
            // What a C program does once it runs is not modelled, and said so.
            let differ: Vec<&Value> = parts.iter().filter(|part| part["same"] == "differs").collect();
            assert!(differ.is_empty(), "{what} ({builder}): {differ:#?}");
            assert_eq!(result["real"]["run"]["verdict"], *verdict, "{what}");
        }
    }
}

#[test]
fn every_limit_holds_for_both_builders() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("server-limits", &["--build-time", "20"]);
    let engine_report = server.get("/api/engine").json();
    let bounded = engine_report["limits"].as_array().unwrap().iter().all(|limit| limit["caveat"].is_null());
    let mark = Instant::now().elapsed().as_nanos();
    for builder in ["classic", "buildkit"] {
        let build =
            |line: &str| server.build(&with(from_base(&format!("RUN {line} # {mark}\n")), json!({"builder": builder})));
        let code = |status: &Value| status["problem"]["code"].as_str().unwrap_or("none").to_string();
        let (_, status) = build("sleep 60");
        assert_eq!(code(&status), "build-time", "{builder}");
        let (_, status) = build("dd if=/dev/zero of=/x bs=1M count=1500");
        assert_eq!(code(&status), "disk-limit", "{builder}");
        let (events, status) = build(
            "i=0; while [ $i -lt 30000 ]; do echo 0123456789012345678901234567890123456789012345678901234567890123456789; i=$((i+1)); done; sleep 1",
        );
        let bytes: usize = events
            .iter()
            .filter(|event| event["type"] == "log")
            .filter_map(|event| event["text"].as_str())
            .map(str::len)
            .sum();
        assert!(bytes < (1 << 20) + 10_000, "{builder}: {bytes} bytes of log, {status}");
        // BuildKit bounds what one step prints itself.
        if builder == "classic" {
            let (_, status) = build("yes 0123456789012345678901234567890123456789");
            assert_eq!(code(&status), "log-flood");
        }
        if builder == "buildkit" && !bounded {
            continue;
        }
        let (_, status) = build("tail /dev/zero");
        assert_eq!(status["state"], "failed", "{builder}: memory");
        let (_, status) = build("bomb() { bomb | bomb & }; bomb; sleep 2");
        assert_ne!(status["state"], "running", "{builder}");
        let processes = std::fs::read_dir("/proc").expect("/proc").count();
        assert!(processes < 3_000, "{builder}: {processes} entries in /proc");
    }
    // The started program is bounded, too, and shut in.
    let run = |command: Value| {
        server.build(&with(from_base(&format!("CMD {command}\n")), json!({"run": true}))).1["report"]["run"].clone()
    };
    assert_eq!(run(json!(["tail", "/dev/zero"]))["exit_code"], 137);
    let shut_in = run(json!([
        "sh",
        "-c",
        "id -u; touch /x; ls /sys/class/net; grep -c . /proc/net/route; grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status"
    ]));
    let said = shut_in["stdout"].as_str().unwrap();
    assert!(said.starts_with("65532\nlo\n"), "{said}");
    assert!(said.contains("CapEff:\t0000000000000000") && said.contains("NoNewPrivs:\t1"), "{said}");
    assert!(shut_in["stderr"].as_str().unwrap().contains("Read-only file system"), "{shut_in}");
    let (_, goes_on) = server.build(&with(from_base("CMD [\"sleep\", \"100\"]\n"), json!({"run": true})));
    assert_eq!(
        (&goes_on["report"]["run"]["verdict"], &goes_on["report"]["run"]["exit_code"]),
        (&json!("starts"), &Value::Null)
    );
    drop(server);
    settle(&engine, &before);
}

/// BuildKit finishes what it exports also after a build was stopped; it is removed then.
pub(crate) fn settle(engine: &Engine, before: &[String]) {
    let begun = Instant::now();
    // For a second, since an engine may be about to make an image.
    let mut settled = None;
    while begun.elapsed() < Duration::from_secs(180) {
        match engine.everything() == before {
            false => settled = None,
            true if settled.get_or_insert_with(Instant::now).elapsed() > Duration::from_secs(1) => return,
            true => {}
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(engine.everything(), before, "{}", docker(&["images", "-a"]));
}

#[test]
fn a_build_is_cancelled_while_it_waits_and_while_it_runs() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("server-cancel", &["--concurrency", "1"]);
    // No other process of this machine sleeps as long.
    let sleep = format!("sleep {}", 100_000 + std::process::id());
    for builder in ["classic", "buildkit"] {
        let slow = || with(from_base(&format!("RUN {sleep}\n")), json!({"builder": builder, "no_cache": true}));
        let (first, second) = (server.submit(&slow()), server.submit(&slow()));
        while server.get(&format!("/api/builds/{first}")).json()["state"] != "running" {
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_millis(1_500));
        assert_eq!(server.get(&format!("/api/builds/{second}")).json()["state"], "queued");
        for id in [&second, &first] {
            assert_eq!(server.ask("DELETE", &format!("/api/builds/{id}"), &[], &[]).status, 200);
            let last = server.events(id, 0).pop().expect("an end").1;
            assert_eq!((&last["type"], &last["state"]), (&json!("finished"), &json!("cancelled")));
        }
    }
    // Nothing of them goes on.
    std::thread::sleep(Duration::from_millis(500));
    let sleeping =
        program("pgrep").args(["-f", &format!("^{sleep}$")]).output().map(|output| stdout(&output)).unwrap_or_default();
    assert_eq!(sleeping, "");
    drop(server);
    settle(&engine, &before);
}

#[test]
fn a_server_that_was_killed_leaves_nothing_behind() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let state = folder("server-killed");
    for builder in ["classic", "buildkit"] {
        let mut server = Server::start(&state, &[]);
        let id = server.submit(&with(
            from_base("RUN echo one > /one\nRUN sleep 5 && echo two > /two\n"),
            json!({"builder": builder, "no_cache": true}),
        ));
        let running = server.submit(&with(from_base("CMD [\"sleep\", \"60\"]\n"), json!({"run": true})));
        let started = |id: &str, wanted: &str| {
            let stream = server.send("GET", &format!("/api/builds/{id}/events"), &[], &[]);
            stream.lines().map_while(Result::ok).any(|line| line.starts_with("data: ") && line.contains(wanted))
        };
        assert!(started(&id, "RUN sleep 5") && started(&running, "\"starting\""));
        std::thread::sleep(Duration::from_millis(700));
        server.child.kill().expect("it is killed");
        server.child.wait().expect("it is gone");
        drop(server);
        // The engine notices that nobody listens; what it leaves goes when a server starts again.
        std::thread::sleep(Duration::from_secs(7));
        let next = Server::start(&state, &[]);
        // What a busy engine does not remove at the start is tried again while the server runs.
        settle(&engine, &before);
        drop(next);
    }
}

#[test]
fn an_engine_that_goes_away_fails_the_build_and_is_found_again() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let socket = std::env::temp_dir().join(format!("stageplay-proxy-{}.sock", std::process::id()));
    let gate = crate::engine::gate::Gate::open(&socket);
    let server = server("server-gone", &["--engine", &format!("unix://{}", socket.display())]);
    let id = server.submit(&with(from_base("RUN sleep 20\n"), json!({"no_cache": true})));
    let stream = server.send("GET", &format!("/api/builds/{id}/events"), &[], &[]);
    for line in stream.lines().map_while(Result::ok) {
        if line.contains("RUN sleep 20") {
            break;
        }
    }
    gate.close();
    let last = server.events(&id, 0).pop().expect("an end").1;
    assert_eq!((&last["state"], &last["problem"]["code"]), (&json!("failed"), &json!("engine-lost")), "{last}");
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(server.get("/readyz").status, 503);
    assert_eq!(server.get("/api/engine").json()["available"], false);
    let gate = crate::engine::gate::Gate::open(&socket);
    assert_eq!(server.get("/readyz").status, 200);
    let (_, status) = server.build(&from_base("RUN true\n"));
    assert_eq!(status["state"], "succeeded", "{status}");
    gate.close();
}

/// A socket before the engine's that can be taken away.
pub(crate) mod gate {
    use std::io::copy;
    use std::net::Shutdown;
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};

    pub(crate) struct Gate {
        path: PathBuf,
        shut: Arc<AtomicBool>,
        open: Arc<Mutex<Vec<UnixStream>>>,
    }

    impl Gate {
        pub(crate) fn open(path: &Path) -> Gate {
            let _ = std::fs::remove_file(path);
            let listener = UnixListener::bind(path).expect("a socket");
            let gate = Gate { path: path.into(), shut: Arc::default(), open: Arc::default() };
            let (shut, open) = (gate.shut.clone(), gate.open.clone());
            std::thread::spawn(move || {
                for client in listener.incoming().map_while(Result::ok) {
                    if shut.load(Ordering::SeqCst) {
                        return;
                    }
                    let Ok(engine) = UnixStream::connect("/var/run/docker.sock") else { continue };
                    for (from, to) in [(&client, &engine), (&engine, &client)] {
                        let (mut from, mut to) =
                            (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                        open.lock().expect("a list").push(from.try_clone().expect("a socket"));
                        std::thread::spawn(move || {
                            let _ = copy(&mut from, &mut to);
                            let _ = to.shutdown(Shutdown::Write);
                        });
                    }
                }
            });
            gate
        }

        /// All connections break off, and no new ones are taken.
        pub(crate) fn close(self) {
            self.shut.store(true, Ordering::SeqCst);
            let _ = std::fs::remove_file(&self.path);
            for stream in self.open.lock().expect("a list").drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }
}

#[test]
fn two_hundred_streams_hear_the_same() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let server = server("server-streams", &[]);
    let id = server.submit(&with(
        from_base("RUN for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.2; done\n"),
        json!({"no_cache": true}),
    ));
    let heard: Vec<Vec<(usize, Value)>> = std::thread::scope(|scope| {
        let streams: Vec<_> = (0..200).map(|_| scope.spawn(|| server.events(&id, 0))).collect();
        // Others look in and go away again.
        for _ in 0..50 {
            let mut stream = server.send("GET", &format!("/api/builds/{id}/events"), &[], &[]);
            let _ = stream.read(&mut [0; 64]);
        }
        streams.into_iter().map(|stream| stream.join().expect("a stream")).collect()
    });
    // How many builds come before is told while it changes; everything else all hear.
    assert!(heard.iter().all(|one| one == &heard[0]));
    assert!(heard[0].iter().filter(|(_, event)| event["type"] == "log").count() >= 5);
    std::thread::sleep(Duration::from_millis(500));
    assert!(server.get("/metrics").body.contains("stageplay_event_streams 0"), "{}", server.get("/metrics").body);
}

#[test]
fn a_thousand_builds_are_refused_or_queued_within_bounds() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("server-thousand", &["--queue", "40", "--queue-per-client", "15", "--behind-proxy"]);
    let idle = server.memory();
    let file = "x".repeat(100_000);
    let body =
        with(from_base("RUN sleep 1\n"), json!({"files": [{"path": "f", "text": file}], "no_cache": true})).to_string();
    let post = |client: usize| {
        let from = format!("198.51.100.{client}");
        server.ask(
            "POST",
            "/api/builds",
            &[("Content-Type", "application/json"), ("X-Forwarded-For", &from)],
            body.as_bytes(),
        )
    };
    let mut ids = Vec::new();
    let mut refused = 0;
    for index in 0..1_000 {
        let answer = post(index % 20);
        match answer.status {
            202 => ids.push((index % 20, answer.json()["id"].as_str().unwrap().to_string())),
            429 => {
                refused += 1;
                assert!(answer.head.contains("retry-after: ") && answer.json()["code"] == "queue-full");
            }
            other => panic!("{other}: {}", answer.body),
        }
    }
    assert!(refused >= 900, "{refused}");
    let grown = server.memory().saturating_sub(idle);
    assert!(grown < 64 << 20, "{grown} bytes more in memory");
    // The first of each client comes before the second of any.
    let position = |id: &str| server.get(&format!("/api/builds/{id}")).json()["position"].as_u64();
    let mut firsts: Vec<u64> = Vec::new();
    let mut seconds: Vec<u64> = Vec::new();
    let mut seen: Vec<usize> = Vec::new();
    for (client, id) in &ids {
        let Some(position) = position(id) else { continue };
        match seen.iter().filter(|known| *known == client).count() {
            0 => firsts.push(position),
            1 => seconds.push(position),
            _ => {}
        }
        seen.push(*client);
    }
    assert!(seconds.is_empty() || firsts.iter().max() < seconds.iter().min(), "{firsts:?} {seconds:?}");
    for (_, id) in &ids {
        server.ask("DELETE", &format!("/api/builds/{id}"), &[], &[]);
    }
    drop(server);
    settle(&engine, &before);
}

#[test]
fn what_would_reach_out_or_is_damaged_is_refused() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let server = server("server-hostile", &[]);
    let problem = |build: &Value| server.build(build).1["problem"]["code"].as_str().unwrap_or("none").to_string();
    for (lines, code) in [
        ("ADD http://127.0.0.1:1/x /x\n", "network"),
        ("RUN --network=host true\n", "host-network"),
        ("RUN --security=insecure true\n", "insecure"),
        ("COPY --from=somewhere.example/image:1 / /\n", "image-not-here"),
    ] {
        // The engine's own frontend knows fewer flags, and says so itself.
        let dockerfile = format!("# syntax=docker/dockerfile:1\nFROM {BASE}\n{lines}");
        assert_eq!(problem(&json!({"dockerfile": dockerfile, "builder": "buildkit"})), code, "{lines}");
    }
    assert_eq!(problem(&json!({"dockerfile": "FROM no-such-image-anywhere\n"})), "image-not-here");
    let refused = |body: &[u8], kind: &str, query: &str| {
        let answer = server.ask("POST", &format!("/api/builds{query}"), &[("Content-Type", kind)], body);
        (answer.status, answer.json()["code"].as_str().unwrap_or("").to_string())
    };
    let json = "application/json";
    assert_eq!(refused(b"{", json, ""), (422, "malformed".into()));
    assert_eq!(refused(br#"{"dockerfile":"FROM a","extra":1}"#, json, ""), (422, "malformed".into()));
    assert_eq!(refused(br##"{"dockerfile":"# syntax=evil/x\nFROM a"}"##, json, ""), (422, "frontend".into()));
    assert_eq!(
        refused(br#"{"dockerfile":"FROM a","files":[{"path":"../x","text":""}]}"#, json, ""),
        (422, "bad-name".into())
    );
    assert_eq!(refused(b"FROM a", "text/plain", ""), (415, "content-type".into()));
    assert_eq!(refused(&[0; 2_048], "application/x-tar", ""), (422, "no-dockerfile".into()));
    assert_eq!(refused(b"not a tar at all, but long enough", "application/x-tar", "").0, 422);
    assert_eq!(refused(b"x", "application/x-tar", "?run=perhaps"), (422, "malformed".into()));
    let big =
        format!("{{\"dockerfile\":\"FROM a\",\"files\":[{{\"path\":\"x\",\"text\":\"{}\"}}]}}", "x".repeat(17 << 20));
    assert_eq!(refused(big.as_bytes(), json, ""), (413, "too-large".into()));
    // A program that prints what would end a line of the stream, or act on a terminal.
    let (events, _) = server.build(&with(
        from_base("RUN printf 'a\\r\\ndata: evil\\n\\nid: 9\\n\\033[2Jb\\n'\n"),
        json!({"no_cache": true}),
    ));
    let text: String =
        events.iter().filter(|event| event["type"] == "log").filter_map(|event| event["text"].as_str()).collect();
    assert!(text.contains("data: evil") && !text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
    // Names that a program prints are no names of what is to be removed.
    let id = docker(&["images", "-q", BASE]).trim().to_string();
    server.build(&with(
        from_base(&format!("RUN echo ' ---> {id}' && echo ' ---> Running in 0123456789ab'\n")),
        json!({"builder": "classic", "no_cache": true}),
    ));
    assert!(docker(&["images", "-q", BASE]).contains(&id), "the base image is still there");
}

#[test]
fn facts_of_a_real_image_are_read() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let server = server("server-facts", &[]);
    let answer = server.get(&format!("/api/images/facts?name={}", BASE));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains(BASE) && answer.json().is_object(), "{}", answer.body);
}
