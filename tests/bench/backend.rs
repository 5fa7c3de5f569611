//! Real builds through the server beside the same builds by Docker's own client, in one run.
//!
//! `cargo xtask bench backend`: how much longer a build takes, how late its output comes, how much
//! memory the server needs, and what a daemon of its own costs a build. Needs a Docker engine, a static
//! busybox and a C compiler; for the last also what `tests/docker.rs` makes a daemon of.

#[allow(dead_code, reason = "a benchmark asks less of a server than its tests do")]
#[path = "../server/http.rs"]
mod http;

use http::Server;
use serde_json::{Value, json};
use stageplay_tests::{docker, folder, skipped, write};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const BASE: &str = "stageplay-bench-base";
const DAEMON: &str = "stageplay-bench-daemon";
const ROUNDS: usize = 7;
/// Lines that the program prints in the latency part, one every 25 ms.
const LINES: usize = 80;

/// Prints the time in nanoseconds, again and again.
const CLOCK: &str = r#"
#include <stdio.h>
#include <time.h>
int main() {
  for (int i = 0; i < 80; i++) {
    struct timespec now, pause = {0, 25000000};
    clock_gettime(CLOCK_REALTIME, &now);
    printf("at %lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
    fflush(stdout);
    nanosleep(&pause, 0);
  }
}
"#;

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

fn by_docker(context: &Path, builder: &str, hear: &mut dyn FnMut(&str)) {
    let mut build = docker::docker();
    build.args(["build", "--no-cache", "-t", "stageplay-bench", "."]).current_dir(context);
    build.env("DOCKER_BUILDKIT", if builder == "buildkit" { "1" } else { "0" }).env("BUILDKIT_PROGRESS", "plain");
    let mut child = build.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("docker runs");
    // The classic builder speaks on one stream, BuildKit's client on the other.
    let stream: Box<dyn std::io::Read> = match builder {
        "buildkit" => Box::new(child.stderr.take().expect("a stream")),
        _ => Box::new(child.stdout.take().expect("a stream")),
    };
    BufReader::new(stream).lines().map_while(Result::ok).for_each(|line| hear(&line));
    assert!(child.wait().is_ok_and(|status| status.success()), "docker builds");
}

/// Seconds until the image is there, and until its report is.
fn by_server(server: &Server, build: &Value, hear: &mut dyn FnMut(&str)) -> (f64, f64) {
    let begun = Instant::now();
    let id = server.submit(build);
    let stream = server.send("GET", &format!("/api/builds/{id}/events"), &[], &[]);
    let mut built = f64::NAN;
    for line in stream.lines().map_while(Result::ok) {
        let Some(event) = line.strip_prefix("data: ") else { continue };
        hear(event);
        if event.contains("\"type\":\"built\"") {
            built = begun.elapsed().as_secs_f64();
        }
    }
    let status = server.get(&format!("/api/builds/{id}")).json();
    assert_eq!(status["state"], "succeeded", "{status}");
    (built, begun.elapsed().as_secs_f64())
}

fn overhead(server: &Server) {
    let lines = "RUN sleep 0.5 && seq 1 5000 > /a\nRUN dd if=/dev/zero of=/b bs=1M count=20\nCOPY f /f\nRUN sleep 0.5 && cat /a /b > /c\nCMD [\"true\"]\n";
    let dockerfile = format!("FROM {BASE}\n{lines}");
    let context = folder("bench-backend");
    write(&context, &[("Dockerfile", &dockerfile), ("f", "a file\n")]);
    println!("\nbuilder    docker build    to the image              to the report");
    for builder in ["classic", "buildkit"] {
        let build = json!({"dockerfile": dockerfile, "files": [{"path": "f", "text": "a file\n"}], "builder": builder, "no_cache": true});
        let (mut own, mut image, mut report) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            by_docker(&context, builder, &mut |_| ());
            own.push(begun.elapsed().as_secs_f64());
            let (built, ended) = by_server(server, &build, &mut |_| ());
            image.push(built);
            report.push(ended);
        }
        let (own, image, report) = (median(own), median(image), median(report));
        let over =
            |time: f64| format!("{time:6.2} s {:+5.0} ms {:+5.1}%", (time - own) * 1e3, (time / own - 1.0) * 100.0);
        println!("{builder:10} {own:6.2} s        {}  {}", over(image), over(report));
    }
}

/// How late a line of output is: from the program's clock to whoever listens.
fn latency(server: &Server) {
    let context = folder("bench-clock");
    let dockerfile = format!("FROM {BASE}\nCOPY clock /clock\nRUN /clock\n");
    write(&context, &[("Dockerfile", &dockerfile), ("clock.c", CLOCK), (".dockerignore", "clock.c\n")]);
    let compiled = Command::new("cc").args(["-static", "-O1", "-o", "clock", "clock.c"]).current_dir(&context).status();
    if !compiled.is_ok_and(|status| status.success()) {
        return skipped("no C compiler that links statically");
    }
    use base64::Engine as _;
    let program = std::fs::read(context.join("clock")).expect("it was compiled");
    let program = base64::engine::general_purpose::STANDARD.encode(program);
    println!("\nbuilder    output reaches      median   95th percentile");
    for builder in ["classic", "buildkit"] {
        let build = json!({"dockerfile": dockerfile, "files": [{"path": "clock", "base64": program, "mode": 0o755}], "builder": builder, "no_cache": true});
        let mut late = [Vec::new(), Vec::new()];
        let hear = |late: &mut Vec<f64>, line: &str| {
            let arrived = now();
            for said in line.split("at ").skip(1) {
                let digits: String = said.chars().take_while(char::is_ascii_digit).collect();
                if let (19, Ok(told)) = (digits.len(), digits.parse::<f64>()) {
                    late.push(arrived - told / 1e9);
                }
            }
        };
        by_docker(&context, builder, &mut |line| hear(&mut late[0], line));
        by_server(server, &build, &mut |event| hear(&mut late[1], event));
        for (who, mut late) in ["docker's client", "a client of ours"].into_iter().zip(late) {
            late.sort_by(f64::total_cmp);
            let at = |share: usize| late.get(late.len() * share / 100).map_or(f64::NAN, |seconds| seconds * 1e3);
            println!("{builder:10} {who:16} {:6.1} ms  {:6.1} ms   of {} lines", at(50), at(95), late.len());
            assert!(late.len() >= LINES / 2, "lines were heard");
        }
    }
}

fn memory(server: &Server) {
    let mib = |bytes: u64| format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20));
    let idle = server.memory();
    // Two builds at once, each with a context of 200 MB as a tar.
    let context = folder("bench-context");
    write(&context, &[("Dockerfile", &format!("FROM {BASE}\nCOPY big /\n"))]);
    std::fs::write(context.join("big"), vec![7; 200_000_000]).expect("it is written");
    let tar = Command::new("tar").args(["-c", "."]).current_dir(&context).output().expect("tar runs").stdout;
    let post = || {
        let answer = server.ask("POST", "/api/builds", &[("Content-Type", "application/x-tar")], &tar);
        assert_eq!(answer.status, 202, "{}", answer.body);
        let id = answer.json()["id"].as_str().expect("an id").to_string();
        server.events(&id, 0)
    };
    let mut most = 0;
    std::thread::scope(|scope| {
        let builds = [scope.spawn(post), scope.spawn(post)];
        while !builds.iter().all(|build| build.is_finished()) {
            most = most.max(server.memory());
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    // Many small ones, one after another.
    let small =
        json!({"dockerfile": format!("FROM {BASE}\nRUN seq 1 2000\n"), "builder": "buildkit", "no_cache": true});
    for _ in 0..30 {
        by_server(server, &small, &mut |_| ());
    }
    println!(
        "\nmemory: {} idle, at most {} with two contexts of 200 MB, {} after 30 builds more",
        mib(idle),
        mib(most),
        mib(server.memory())
    );
}

/// What a daemon of its own costs a build: until its first step begins, and in all, beside the engine's BuildKit.
fn isolated(shared: &Server) {
    if let Err(why) = docker::daemon_image(DAEMON, "") {
        return skipped(&why);
    }
    let options = ["--build-daemon", DAEMON, "--base-image", BASE, "--rate", "100000"];
    let own = Server::start(&folder("bench-isolated"), &options);
    let build = json!({"dockerfile": format!("FROM {BASE}\nRUN true\n"), "builder": "buildkit", "no_cache": true});
    println!("daemon       to the first step   to the report");
    for (who, server) in [("the engine's", shared), ("its own", &own)] {
        let (mut first, mut report) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let mut step = f64::NAN;
            let (_, ended) = by_server(server, &build, &mut |event| {
                if step.is_nan() && event.contains("\"type\":\"step-started\"") {
                    step = begun.elapsed().as_secs_f64();
                }
            });
            first.push(step);
            report.push(ended);
        }
        println!("{who:12} {:13.2} s   {:13.2} s", median(first), median(report));
    }
    drop(own);
    let _ = docker::docker().args(["rmi", "-f", DAEMON]).stdout(Stdio::null()).status();
}

fn main() {
    if docker::version().is_none() || !docker::busybox_image(BASE, "") {
        return skipped("no Docker engine, or no static busybox to make a base image of");
    }
    let options = ["--rate", "100000", "--disk", "2GiB", "--context", "512MiB"];
    let server = Server::start(&folder("bench-server"), &options);
    isolated(&server);
    overhead(&server);
    latency(&server);
    memory(&server);
    for image in ["stageplay-bench", BASE] {
        let _ = docker::docker().args(["rmi", "-f", image]).stdout(Stdio::null()).status();
    }
}
