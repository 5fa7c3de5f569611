//! A pool of build workers, as `deploy/` describes it: a server without a Docker engine, containers that lend
//! it a daemon for each build.

use crate::daemon::{certificates, free_port};
use crate::engine::{BASE, Engine, docker};
use crate::http::Server;
use serde_json::{Value, json};
use stageplay_tests::{docker, folder, skipped, stageplay};
use std::path::Path;
use std::time::{Duration, Instant};

const IMAGE: &str = "stageplay-server-worker";

/// A container that ends with this value.
struct Worker(String);

impl Worker {
    fn start(certs: &Path) -> (Worker, u16) {
        let port = free_port();
        let name = format!("stageplay-worker-{port}");
        let listen = format!("--listen=127.0.0.1:{port}");
        // One by one, as secrets come to a container.
        let files = ["ca.pem", "buildkitd.pem", "buildkitd-key.pem"];
        let files = files.map(|name| format!("-v={}:/certs/{name}:ro", certs.join(name).display()));
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let state = "/tmp:rw,exec,size=64m,nr_inodes=20000,mode=711,uid=1000,gid=1000";
        let bounds = ["--memory=512m", "--pids-limit=300", "--cpus=1", "--read-only", "--tmpfs", state];
        let rights = ["--cap-drop=ALL", "--cap-add=SETUID", "--cap-add=SETGID"];
        // As in deploy/compose.yaml.
        let profile = format!("seccomp={}", stageplay_tests::root().join("deploy/seccomp.json").display());
        let open = [&*profile, "apparmor=unconfined", "systempaths=unconfined"];
        let open: Vec<&str> = open.into_iter().flat_map(|option| ["--security-opt", option]).collect();
        let run = ["run", "-d", "--rm", "--network=host", "--name", &name];
        let program = ["--entrypoint=/usr/bin/stageplay", IMAGE, "build-worker", &listen];
        let tls = ["--tls-ca=/certs/ca.pem", "--tls-cert=/certs/buildkitd.pem", "--tls-key=/certs/buildkitd-key.pem"];
        docker(&[&run[..], &files, &bounds, &rights, &open, &program, &tls].concat());
        (Worker(name), port)
    }

    /// Whether a program with such arguments runs in it.
    fn runs(&self, arguments: &str) -> bool {
        docker(&["top", &self.0, "-eo", "pid,args"]).contains(arguments)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        docker(&["rm", "-f", "-v", &self.0]);
    }
}

fn log(events: &[Value]) -> String {
    events.iter().filter(|event| event["type"] == "log").filter_map(|event| event["text"].as_str()).collect()
}

#[test]
fn a_worker_lends_a_fresh_daemon_for_each_build() {
    let Some(_engine) = Engine::find() else { return skipped("no Docker engine") };
    let program = stageplay().get_program().to_owned();
    if let Err(why) = docker::daemon_image(IMAGE, &program.to_string_lossy()) {
        return skipped(&why);
    }
    let work = folder("server-workers");
    let certs = certificates(&work);
    std::fs::create_dir(work.join("images")).expect("a folder");
    docker(&["save", "-o", &work.join("images/base.tar").display().to_string(), BASE]);
    let (first, second) = (Worker::start(&certs), Worker::start(&certs));
    let engine = format!("buildkit://localhost:{},localhost:{}", first.1, second.1);
    let file = |name: &str| certs.join(name).display().to_string();
    let (ca, cert, key) = (file("ca.pem"), file("stageplay.pem"), file("stageplay-key.pem"));
    let images = work.join("images").display().to_string();
    let options = ["--engine", &engine, "--build-workers", "--base-images", &images, "--rate", "1000"];
    let tls = ["--tls-ca", &ca, "--tls-cert", &cert, "--tls-key", &key];
    let server = Server::start(&work.join("state"), &[&options[..], &tls].concat());
    assert_eq!(server.get("/api/engine").json()["images"], json!([format!("{BASE}:latest")]));

    let build = |lines: &str| json!({"dockerfile": format!("FROM {BASE}\n{lines}"), "builder": "buildkit"});
    // More builds than workers, and each finds its daemon as if it were the first.
    for round in 0..4 {
        let (events, status) = server.build(&build(&format!(
            "RUN --mount=type=cache,id=c,target=/c ls /c; echo kept > /c/kept; ip -o link | wc -l; echo {round}\nRUN echo made > /made\n"
        )));
        assert_eq!(status["state"], "succeeded", "{status}");
        assert!(!log(&events).contains("kept"), "{}", log(&events));
        assert_eq!(events.iter().filter(|event| event["cached"] == true).count(), 0, "{events:#?}");
    }
    let (_, status) = server.build(&json!({"dockerfile": "FROM alpine\n"}));
    assert_eq!(status["problem"]["code"], "image-not-here", "{status}");
    // A full file system is one build's own.
    for _ in 0..3 {
        let (events, status) = server.build(&build("RUN dd if=/dev/zero of=/a bs=1M count=200\n"));
        assert_eq!(status["state"], "failed", "{status}");
        assert!(log(&events).contains("No space left"), "{}", log(&events));
    }
    // What a stopped build runs ends with it.
    for _ in 0..2 {
        let id = server.submit(&build("RUN setsid sleep 600 & sleep 600\n"));
        let begun = Instant::now();
        let runs = || first.0.runs("sleep 600") || second.0.runs("sleep 600");
        while !runs() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the step begins");
            std::thread::sleep(Duration::from_millis(100));
        }
        server.ask("DELETE", &format!("/api/builds/{id}"), &[], &[]);
        assert_eq!(server.events(&id, 0).pop().expect("an end").1["state"], "cancelled");
        std::thread::sleep(Duration::from_secs(2));
        assert!(!runs());
    }
    // Without a certificate of the authority's nobody is lent a daemon.
    let stranger =
        ["--engine", &engine, "--build-workers", "--base-images", &images, "--tls-ca", &ca, "--build-time", "3"];
    let stranger = Server::start(&work.join("stranger"), &stranger);
    let (_, status) = stranger.build(&build("RUN true\n"));
    assert_eq!(status["state"], "failed", "{status}");
    let (_, status) = server.build(&build("RUN true\n"));
    assert_eq!(status["state"], "succeeded", "{status}");
    // One gone: builds go to the other.
    drop(first);
    for _ in 0..2 {
        let (_, status) = server.build(&build("RUN true\n"));
        assert_eq!(status["state"], "succeeded", "{status}");
    }
    drop(second);
    docker(&["rmi", "-f", IMAGE]);
}
