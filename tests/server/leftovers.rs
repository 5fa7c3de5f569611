//! What builds leave on an engine is removed, whatever happens to them, and nothing that somebody else made.

use crate::engine::{BASE, Engine, docker, from_base, gate::Gate, settle, with};
use crate::http::Server;
use serde_json::{Value, json};
use stageplay_tests::{docker as client, folder, program, skipped};
use std::io::Write;
use std::os::unix::fs::FileTypeExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A program that ends for nothing but a kill.
const GOES_ON: &str = "CMD trap '' TERM INT; while :; do sleep 1; done\n";

fn server(name: &str, options: &[&str]) -> Server {
    Server::start(&folder(name), &[&["--rate", "100000"], options].concat())
}

/// Waits for an event that contains a text.
fn wait_for(server: &Server, id: &str, wanted: &str) {
    use std::io::BufRead;
    let stream = server.send("GET", &format!("/api/builds/{id}/events"), &[], &[]);
    let found = stream.lines().map_while(Result::ok).any(|line| line.starts_with("data: ") && line.contains(wanted));
    assert!(found, "no event with {wanted}");
}

/// Waits for what takes seconds: only a test that fails waits as long as this.
fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Containers of an image's starts that run.
fn starts() -> String {
    docker(&["ps", "-q", "--filter", "name=^stageplay-"])
}

/// An image without a name that a person builds beside the server.
fn nameless(dockerfile: &str) -> String {
    let mut build = client::docker();
    build.args(["build", "-q", "-"]).env("DOCKER_BUILDKIT", "0").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = build.spawn().expect("docker builds");
    child.stdin.take().expect("its input").write_all(dockerfile.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let id = stageplay_tests::stdout(&output).trim().to_string();
    assert!(id.starts_with("sha256:"), "{output:?}");
    id
}

fn is_there(id: &str) -> bool {
    docker(&["images", "-aq", "--no-trunc"]).contains(id)
}

#[test]
fn a_start_ends_with_its_build_and_with_the_server() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    for builder in ["classic", "buildkit"] {
        let mut server = server("leftovers-start", &["--run-time", "60"]);
        let start = || {
            let id = server.submit(&with(from_base(GOES_ON), json!({"run": true, "builder": builder})));
            wait_for(&server, &id, "\"starting\"");
            wait_until("it starts", || !starts().is_empty());
            id
        };
        let id = start();
        server.ask("DELETE", &format!("/api/builds/{id}"), &[], &[]);
        assert_eq!(server.events(&id, 0).pop().expect("an end").1["state"], "cancelled");
        assert_eq!(starts(), "", "{builder}: the container is gone with its build");
        start();
        let pid = server.child.id().to_string();
        program("kill").arg(pid).status().expect("it is told to end");
        server.child.wait().expect("it ends");
        assert_eq!(starts(), "", "{builder}: the container is gone with the server");
        settle(&engine, &before);
    }
}

#[test]
fn what_is_committed_while_a_build_ends_is_removed() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let large = |mark: usize| {
        with(from_base(&format!("RUN dd if=/dev/zero of=/x bs=1M count=300 # {mark}\n")), json!({"builder": "classic"}))
    };
    let small = server("leftovers-commit", &["--disk", "50MiB"]);
    for mark in 0..2 {
        let (_, status) = small.build(&large(mark));
        assert_eq!(status["problem"]["code"], "disk-limit", "{status}");
    }
    drop(small);
    let server = server("leftovers-cancel", &["--disk", "1GiB", "--memory", "512MiB"]);
    for (mark, wait) in [(3, 300), (4, 500), (5, 700), (6, 900)] {
        let id = server.submit(&large(mark));
        wait_for(&server, &id, "RUN dd");
        std::thread::sleep(Duration::from_millis(wait));
        server.ask("DELETE", &format!("/api/builds/{id}"), &[], &[]);
        server.events(&id, 0);
    }
    settle(&engine, &before);
    drop(server);
}

/// The engine finishes an image of which nobody hears any more: its container is in the journal.
#[test]
fn what_is_committed_while_the_server_is_killed_is_found() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let images = docker(&["images", "-aq"]);
    let state = folder("leftovers-killed");
    let mut killed = Server::start(&state, &[]);
    let id = killed.submit(&with(
        from_base("RUN dd if=/dev/zero of=/x bs=1M count=400\n"),
        json!({"builder": "classic", "no_cache": true}),
    ));
    wait_for(&killed, &id, "RUN dd");
    let of_base = format!("ancestor={BASE}");
    let ended = || docker(&["ps", "-aq", "--filter", "status=exited", "--filter", &of_base]);
    wait_until("the step ends", || !ended().is_empty());
    killed.child.kill().expect("it is killed");
    killed.child.wait().expect("it is gone");
    drop(killed);
    // The engine may go on to make the image of the step: the next server finds it only when it is there.
    let begun = Instant::now();
    while docker(&["images", "-aq"]) == images && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let server = Server::start(&state, &[]);
    settle(&engine, &before);
    drop(server);
}

#[test]
fn what_could_not_be_removed_is_removed_when_the_engine_is_back() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let socket = std::env::temp_dir().join(format!("stageplay-left-{}.sock", std::process::id()));
    let gate = Gate::open(&socket);
    let address = format!("unix://{}", socket.display());
    let server = server("leftovers-gone", &["--engine", &address, "--run-time", "60"]);
    let build = with(from_base("RUN echo one > /one\nRUN sleep 8\n"), json!({"builder": "classic", "no_cache": true}));
    let id = server.submit(&build);
    wait_for(&server, &id, "RUN sleep 8");
    let running = server.submit(&with(from_base(GOES_ON), json!({"run": true})));
    wait_until("it starts", || !starts().is_empty());
    gate.close();
    for id in [&id, &running] {
        assert_eq!(server.events(id, 0).pop().expect("an end").1["problem"]["code"], "engine-lost");
    }
    assert_ne!(engine.everything(), before, "the engine still has it");
    let gate = Gate::open(&socket);
    settle(&engine, &before);
    drop(server);
    gate.close();
}

#[test]
fn what_others_made_stays() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let state = folder("leftovers-others");
    let base = |rest: &str| from_base(rest)["dockerfile"].as_str().expect("a text").to_string();
    // Taken from the cache, the same as the result, and made while a build runs.
    let theirs = nameless(&base("RUN echo theirs > /theirs\n"));
    let mut server = Server::start(&state, &["--rate", "100000", "--disk", "200MiB"]);
    for builder in ["classic", "buildkit"] {
        for more in ["", "RUN echo more > /more\n"] {
            let text = base(&format!("RUN echo theirs > /theirs\n{more}"));
            let (_, status) = server.build(&json!({"dockerfile": text, "builder": builder}));
            assert_eq!(status["state"], "succeeded", "{status}");
            assert!(is_there(&theirs), "{builder}: it was there before");
        }
    }
    let id = server.submit(&with(
        from_base(&format!(
            "RUN sleep 4; echo ' ---> {}'; echo ' ---> Running in {}'\n",
            &theirs[7..19],
            &theirs[7..19]
        )),
        json!({"builder": "classic", "no_cache": true}),
    ));
    wait_for(&server, &id, "RUN sleep 4");
    let meanwhile = nameless(&base("RUN echo meanwhile > /meanwhile\n"));
    server.events(&id, 0);
    assert!(is_there(&meanwhile) && is_there(&theirs), "the log named one, the other is as young as the build");
    // A kill, and what the next server finds in the journal.
    let id = server.submit(&with(
        json!({"dockerfile": base("RUN echo theirs > /theirs\nRUN sleep 5\n")}),
        json!({"builder": "classic"}),
    ));
    wait_for(&server, &id, "RUN sleep 5");
    server.child.kill().expect("it is killed");
    server.child.wait().expect("it is gone");
    drop(server);
    std::thread::sleep(Duration::from_secs(6));
    drop(Server::start(&state, &[]));
    assert!(is_there(&theirs) && is_there(&meanwhile), "not ours to remove");
    for id in [&theirs, &meanwhile] {
        docker(&["rmi", id]);
    }
    settle(&engine, &before);
}

#[test]
fn two_servers_of_one_engine_keep_theirs_apart() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let first = server("leftovers-first", &["--run-time", "6", "--allow-download"]);
    let id = first.submit(&with(from_base("CMD sleep 3; echo done\n"), json!({"run": true})));
    wait_for(&first, &id, "\"starting\"");
    wait_until("it starts", || !starts().is_empty());
    drop(server("leftovers-second", &[]));
    let last = first.events(&id, 0).pop().expect("an end").1;
    assert_eq!(last["state"], "succeeded", "{last}");
    let report = first.get(&format!("/api/builds/{id}")).json()["report"].clone();
    assert_eq!((&report["run"]["exit_code"], &report["run"]["stdout"]), (&json!(0), &json!("done\n")), "{report}");
    // An image that was downloaded is its owner's, and so is what is made of it.
    let tar = folder("leftovers-download").join("image.tar");
    let mut bytes = Vec::new();
    use std::io::Read;
    first.send("GET", &format!("/api/builds/{id}/image.tar"), &[], &[]).read_to_end(&mut bytes).expect("an archive");
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let archive = &bytes[at..];
    assert!(!archive.windows(15).any(|text| text == b"dev.stageplay.b"), "no label of ours is in it");
    std::fs::write(&tar, archive).expect("it is written");
    let loaded = docker(&["load", "-i", &tar.display().to_string()]);
    let name = loaded.trim().rsplit(' ').next().expect("a name").to_string();
    docker(&["tag", &name, "stageplay-kept"]);
    docker(&["run", "-d", "--name", "kept-container", "stageplay-kept", "sleep", "60"]);
    drop(server("leftovers-third", &[]));
    let kept = docker(&["ps", "-q", "--filter", "name=kept-container"]);
    docker(&["rm", "-f", "kept-container"]);
    docker(&["rmi", "stageplay-kept", &name]);
    assert_ne!(kept, "", "a person's container goes on");
    drop(first);
    settle(&engine, &before);
}

#[test]
fn a_start_that_is_ended_from_outside_is_no_success() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("leftovers-outside", &["--run-time", "20"]);
    // One ends well when it is told to.
    let ends_well = "CMD trap 'exit 0' TERM; while :; do sleep 0.1; done\n";
    for (how, lines) in [(&["kill"][..], GOES_ON), (&["rm", "-f"], GOES_ON), (&["stop"], ends_well)] {
        let id = server.submit(&with(from_base(lines), json!({"run": true})));
        wait_until("it starts", || !starts().is_empty());
        docker(&[how, &[starts().trim()]].concat());
        let last = server.events(&id, 0).pop().expect("an end").1;
        assert_eq!((&last["state"], &last["problem"]["code"]), (&json!("failed"), &json!("start-ended")), "{last}");
    }
    // One that ends with that number by itself is not disturbed.
    let (_, status) = server.build(&with(from_base("CMD exit 137\n"), json!({"run": true})));
    assert_eq!(status["report"]["run"]["exit_code"], 137, "{status}");
    drop(server);
    settle(&engine, &before);
}

/// A class builds the same text at the same time. The classic builder takes the images of one build as the cache of
/// another, and they are removed when the first has ended.
#[test]
fn equal_builds_at_the_same_time_do_not_fail() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let options = ["--concurrency", "4", "--queue-per-client", "100", "--rate", "100000"];
    let server = Server::start(&folder("leftovers-equal"), &options);
    for round in 0..4 {
        let lines = format!("RUN echo {round} > /f\nRUN cat /f > /g\nENV A=1\nENV B=2\nENV C=3\nRUN cat /g\n");
        let build = with(from_base(&lines), json!({"builder": "classic"}));
        let builds: Vec<String> = (0..8).map(|_| server.submit(&build)).collect();
        for id in builds {
            let end = server.events(&id, 0).pop().expect("an end").1;
            let status = server.get(&format!("/api/builds/{id}")).json();
            assert_eq!(end["state"], "succeeded", "{}", status["report"]["error"]);
        }
    }
    // What was kept for others does not stay.
    settle(&engine, &before);
}

/// What the log says of each step, and what it printed.
fn steps(events: &[Value]) -> Vec<(u64, bool, String)> {
    let of = |event: &Value, kind: &str| event["type"] == kind;
    let lines = events.iter().filter(|event| of(event, "step-started") && event["line"].is_u64());
    lines
        .map(|started| {
            let of_step = |event: &&Value| event["step"] == started["step"];
            let ended = events.iter().filter(of_step).find(|event| of(event, "step-finished")).expect("an end");
            let text = events.iter().filter(of_step).filter(|event| of(event, "log"));
            let text = text.filter_map(|event| event["text"].as_str()).collect();
            (started["line"].as_u64().expect("a line"), ended["cached"] == true, text)
        })
        .collect()
}

#[test]
fn a_program_cannot_speak_for_the_builder() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("leftovers-log", &[]);
    let digest = "0123456789abcdef".repeat(4);
    let printed = [
        " ---> Using cache",
        " ---> Running in 0123456789ab",
        "Step 3/4 : RUN echo last",
        "Successfully built six",
        "COMMIT x",
        "Removing intermediate container 0123456789ab",
        "Step 1/2 : x",
        &digest,
    ];
    let echoes: String = printed.iter().map(|line| format!("echo '{line}'; sleep 0.05; ")).collect();
    // It knows its container from its host name, and says that it is gone.
    let forged =
        "h=$(hostname); echo \"Removing intermediate container $h\"; sleep 0.05; echo ' ---> 0123456789ab'; sleep 0.05";
    let build = from_base(&format!("RUN {echoes}{forged}; echo 'Step 3/4 : RUN evil'\nRUN echo last\nENV A=b\n"));
    let (events, status) = server.build(&with(build, json!({"builder": "classic", "no_cache": true})));
    assert_eq!(status["state"], "succeeded", "{status}");
    let steps = steps(&events);
    assert_eq!(steps.iter().map(|(line, _, _)| *line).collect::<Vec<_>>(), [1, 2, 3, 4], "{events:#?}");
    assert!(steps.iter().all(|(_, cached, _)| !cached), "{steps:?}");
    for line in printed {
        assert!(steps[1].2.contains(&format!("{line}\n")), "{line}: {}", steps[1].2);
    }
    assert!(steps[1].2.contains(" ---> 0123456789ab\n") && steps[1].2.ends_with("Step 3/4 : RUN evil\n"), "{steps:?}");
    assert_eq!((steps[2].2.as_str(), steps[3].2.as_str()), ("last\n", ""));
    let names: Vec<&str> = events
        .iter()
        .filter(|event| event["type"] == "step-started")
        .filter_map(|event| event["name"].as_str())
        .collect();
    assert_eq!(names[2..], ["RUN echo last", "ENV A=b"]);
    // The cache is still told, and a step that fails keeps what it printed.
    let again = from_base("RUN echo cached > /cached\nRUN echo 'Successfully built x'; exit 3\n");
    let user = nameless(again["dockerfile"].as_str().expect("a text").split("RUN echo 'S").next().expect("a part"));
    let (events, status) = server.build(&with(again, json!({"builder": "classic"})));
    docker(&["rmi", &user]);
    assert_eq!((&status["state"], &status["report"]["error"]["line"]), (&json!("failed"), &json!(3)), "{status}");
    let told = self::steps(&events);
    assert_eq!((told[1].1, told[2].2.as_str()), (true, "Successfully built x\n"), "{told:?}");
    // Nothing of a text acts on whoever shows it.
    let (events, status) =
        server.build(&with(from_base("RUN exit 3 # \u{1b}[2J\u{7}\n"), json!({"builder": "classic"})));
    assert!(!events.iter().any(|event| event.to_string().contains("\\u001b") || event.to_string().contains("\\u0007")));
    assert!(!status["report"]["error"].to_string().contains("\\u001b"), "{status}");
    drop(server);
    settle(&engine, &before);
}

#[test]
fn steps_together_write_no_more_than_they_may() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let before = engine.everything();
    let server = server("leftovers-disk", &["--disk", "100MiB", "--memory", "512MiB", "--build-time", "60"]);
    let problem = |lines: &str, builder: &str| {
        let build = with(from_base(lines), json!({"builder": builder, "no_cache": true}));
        server.build(&build).1["problem"]["code"].as_str().unwrap_or("none").to_string()
    };
    let step = "RUN dd if=/dev/zero of=/x bs=1M count=45 && mv /x /y-$RANDOM\n";
    assert_eq!(problem(&step.repeat(4), "classic"), "disk-limit");
    assert_eq!(problem("RUN truncate -s 90M /x\nRUN truncate -s 90M /y\n", "classic"), "disk-limit");
    // An engine packs holes in full: it is not asked to.
    assert_eq!(problem("RUN truncate -s 900M /x\n", "buildkit"), "disk-limit");
    if !engine.is_here() {
        return;
    }
    assert_eq!(problem("VOLUME /v\nRUN dd if=/dev/zero of=/v/x bs=1M count=300; sleep 20\n", "classic"), "disk-limit");
    let open = "RUN exec 3>/x; rm /x; dd if=/dev/zero bs=1M count=300 >&3; sleep 20\n";
    assert_eq!(problem(open, "classic"), "disk-limit");
    drop(server);
    settle(&engine, &before);
}

/// Opens the pipes that a build left in place of `/etc/passwd` for writing, so that the engine, which waits for that,
/// goes on.
struct Pipes {
    root: std::path::PathBuf,
}

impl Pipes {
    fn release(&self) {
        for entry in std::fs::read_dir(self.root.join("overlay2")).into_iter().flatten().flatten() {
            let path = entry.path().join("merged/etc/passwd");
            let is_pipe = std::fs::symlink_metadata(&path).is_ok_and(|meta| meta.file_type().is_fifo());
            // Without a reader this would wait; with `O_NONBLOCK` it is an error.
            let flags = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::NONBLOCK;
            if is_pipe && let Ok(pipe) = rustix::fs::open(&path, flags, rustix::fs::Mode::empty()) {
                let _ = rustix::io::write(&pipe, b"foo:x:5:5::/:\n");
            }
        }
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        for _ in 0..20 {
            self.release();
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The engine behind a TCP port, as on another machine: nobody looks into its folders.
fn elsewhere() -> String {
    use std::net::{Shutdown, TcpListener};
    use std::os::unix::net::UnixStream;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("tcp://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(engine) = UnixStream::connect("/var/run/docker.sock") else { continue };
            let (mut from, mut to) = (client.try_clone().expect("a socket"), engine.try_clone().expect("a socket"));
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
            let (mut from, mut to) = (engine, client);
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
        }
    });
    address
}

const PIPE: &str = "RUN rm -f /etc/passwd; mkfifo /etc/passwd\nUSER foo\nRUN true\n";

fn others_are_built(server: &Server) {
    for builder in ["classic", "buildkit"] {
        let other = with(from_base("RUN echo other\n"), json!({"builder": builder, "no_cache": true}));
        let begun = Instant::now();
        let (_, status) = server.build(&other);
        assert_eq!(status["state"], "succeeded", "{builder}: {status}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{builder}: {:?}", begun.elapsed());
    }
}

/// `None` if nothing could make the engine go on that waits for a pipe; then it was said.
fn pipes(engine: &Engine) -> Option<Pipes> {
    if !engine.is_here() || !std::path::Path::new("/var/run/docker.sock").exists() {
        skipped("the engine's folders cannot be read: nothing could make the engine go on");
        return None;
    }
    let root = std::path::PathBuf::from(docker(&["info", "--format", "{{.DockerRootDir}}"]).trim());
    Some(Pipes { root })
}

/// An engine elsewhere that waits for a pipe keeps the build that made it no longer than it may take, and no other
/// build.
#[test]
fn an_engine_that_waits_for_a_pipe_holds_nobody_up() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let Some(pipes) = pipes(&engine) else { return };
    let before = engine.everything();
    let state = folder("leftovers-pipe");
    let options = ["--engine", &elsewhere(), "--rate", "100000", "--build-time", "4"];
    let mut server = Server::start(&state, &options);
    let begun = Instant::now();
    let waiting = server.submit(&with(from_base(PIPE), json!({"builder": "classic", "no_cache": true})));
    wait_for(&server, &waiting, "\"name\":\"RUN true");
    others_are_built(&server);
    let end = server.events(&waiting, 0).pop().expect("an end").1;
    assert_eq!(end["problem"]["code"], "build-time", "{end}");
    assert!(begun.elapsed() < Duration::from_secs(45), "{:?}", begun.elapsed());
    // The server ends in time, and knows what is left.
    let begun = Instant::now();
    program("kill").arg(server.child.id().to_string()).status().expect("it is told to end");
    server.child.wait().expect("it ends");
    assert!(begun.elapsed() < Duration::from_secs(17), "{:?}", begun.elapsed());
    let journal = std::fs::read_to_string(state.join("journal")).expect("a journal");
    assert!(journal.lines().any(|line| line.starts_with("+step ")), "{journal}");
    drop(server);
    drop(pipes);
    let server = Server::start(&state, &[]);
    // The engine may still end the step that it went on with, and the time between two attempts to remove it doubles.
    let begun = Instant::now();
    while engine.everything() != before && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(500));
    }
    settle(&engine, &before);
    drop(server);
}

/// An engine on this machine is released, and refuses the step by itself.
#[test]
fn an_engine_here_does_not_wait_for_a_pipe() {
    let Some(engine) = Engine::find() else { return skipped("no Docker engine") };
    let Some(pipes) = pipes(&engine) else { return };
    let before = engine.everything();
    let server = server("leftovers-released", &["--build-time", "60"]);
    let pipes_of = |files: &str| format!("RUN cd /etc && rm {files} && for file in {files}; do mkfifo $file; done\n");
    // Docker follows 255 links, the kernel 40.
    let chain = "RUN cd /etc && rm passwd && mkfifo /pipe && ln -s pipe /l0 && i=1 && while [ $i -lt 60 ]; do \
                 ln -s l$((i-1)) /l$i; i=$((i+1)); done; ln -s /l59 passwd\n";
    for make in [pipes_of("passwd"), pipes_of("group"), pipes_of("passwd group"), chain.to_string()] {
        for user in ["USER foo\n", "USER foo:bar\n"] {
            let build = from_base(&format!("{make}{user}RUN true\n"));
            let begun = Instant::now();
            let (_, status) = server.build(&with(build, json!({"builder": "classic", "no_cache": true})));
            assert_eq!((&status["state"], &status["problem"]), (&json!("failed"), &Value::Null), "{status}");
            let message = status["report"]["error"]["message"].as_str().unwrap_or("");
            assert!(message.contains("unable to find user foo"), "{status}");
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
        }
    }
    // COPY opens files of images that the classic builder has mounted, without a container.
    let owner = with(
        from_base("RUN rm /etc/passwd; mkfifo /etc/passwd\nCOPY --chown=foo f /x\n"),
        json!({"files": [{"path": "f", "text": "x"}]}),
    );
    let text = format!("FROM {BASE} AS a\nRUN mkfifo /p /q\nFROM {BASE}\nCOPY --from=a /p /q /x/\n");
    for build in [owner, json!({"dockerfile": text})] {
        let begun = Instant::now();
        let (_, status) = server.build(&with(build, json!({"builder": "classic", "no_cache": true})));
        assert_eq!(status["problem"], Value::Null, "{status}");
        assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    }
    others_are_built(&server);
    settle(&engine, &before);
    drop(server);
    drop(pipes);
}
