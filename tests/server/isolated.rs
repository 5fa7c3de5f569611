//! Builds of strangers, each in a daemon of its own: what they may use and take, and what is left.

use crate::engine::{BASE, Engine, docker};
use crate::http::Server;
use serde_json::{Value, json};
use stageplay_tests::{docker, folder, program, skipped};
use std::time::{Duration, Instant};

const DAEMON: &str = "stageplay-server-daemon";
const LIMITS: [&str; 8] = ["--run-time", "3", "--disk", "64MiB", "--memory", "128MiB", "--processes", "64"];

struct Bench {
    _engine: Engine,
    /// Volumes and images of builds that the engine had before.
    volumes: String,
    images: String,
}

impl Bench {
    /// `None` if there is no engine or no daemon to isolate builds with; then it was said.
    fn find() -> Option<Bench> {
        let Some(engine) = Engine::find() else {
            skipped("no Docker engine");
            return None;
        };
        // One for all of these tests: it takes a moment to make.
        if docker(&["images", "-q", DAEMON]).is_empty()
            && let Err(why) = docker::daemon_image(DAEMON, "")
        {
            skipped(&why);
            return None;
        }
        Some(Bench { _engine: engine, volumes: docker(&["volume", "ls", "-q"]), images: images_of_builds() })
    }

    fn server(&self, name: &str, options: &[&str]) -> Server {
        let own = ["--build-daemon", DAEMON, "--base-image", BASE, "--rate", "100000"];
        let server = Server::start(&folder(name), &[&own[..], &LIMITS, options].concat());
        let report = server.get("/api/engine").json();
        assert_eq!(report["problem"], Value::Null, "{report}");
        server
    }

    /// No daemon is on the engine, nor an image of a build, nor a volume more.
    fn nothing_is_left(&self) {
        assert_eq!(daemons(), Vec::<String>::new());
        assert_eq!(images_of_builds(), self.images);
        assert_eq!(docker(&["volume", "ls", "-q"]), self.volumes);
    }
}

fn images_of_builds() -> String {
    docker(&["images", "-q", "stageplay-build"])
}

fn daemons() -> Vec<String> {
    docker(&["ps", "-aq", "--filter", "name=stageplay-daemon-"]).lines().map(str::to_string).collect()
}

fn from_base(lines: &str) -> Value {
    json!({"dockerfile": format!("FROM {BASE}\n{lines}"), "builder": "buildkit"})
}

fn log(events: &[Value]) -> String {
    events.iter().filter(|event| event["type"] == "log").filter_map(|event| event["text"].as_str()).collect()
}

/// As the client of a server whose builds end by a limit sees it.
fn ends(server: &Server, build: &Value) -> (String, String) {
    let (events, status) = server.build(build);
    assert_eq!(status["state"], "failed", "{status}");
    let code = status["problem"]["code"].as_str().unwrap_or("").to_string();
    let message = &status["report"]["error"]["message"];
    (code, format!("{}{message}{}", log(&events), status["problem"]["message"]))
}

#[test]
fn a_build_has_a_daemon_of_its_own_with_allowed_images_and_no_network() {
    let Some(bench) = Bench::find() else { return };
    let server = bench.server("isolated-build", &["--allow-download"]);
    let report = server.get("/api/engine").json();
    assert_eq!((&report["images"], &report["can_run"]), (&json!([format!("{BASE}:latest")]), &json!(true)));
    assert!(report["limits"].as_array().unwrap().iter().all(|limit| limit["caveat"] == Value::Null), "{report}");
    assert_eq!(server.get(&format!("/api/images/facts?name={BASE}")).status, 200);
    assert_eq!(server.get(&format!("/api/images/facts?name={DAEMON}")).status, 404);
    let build = json!({
        "dockerfile": format!("FROM {BASE} AS one\nRUN echo made; id -u; ip -o link; wget -T 2 -O- http://172.17.0.1 || echo shut in\nRUN echo a > /a\nFROM scratch\nCOPY --from={BASE} /bin/busybox /bin/cat\nCOPY --from=one /a /a\nCOPY f /f\nCMD [\"/bin/cat\", \"/a\", \"/f\"]\n"),
        "files": [{"path": "f", "text": "file\n"}],
        "builder": "buildkit", "run": true,
    });
    let (events, status) = server.build(&build);
    assert_eq!(status["state"], "succeeded", "{status}");
    let text = log(&events);
    assert!(text.contains("made\n0\n1: lo") && text.contains("shut in") && !text.contains("eth0"), "{text}");
    let report = &status["report"];
    assert_eq!((&report["run"]["stdout"], &report["run"]["verdict"]), (&json!("a\nfile\n"), &json!("starts")));
    let copied = report["steps"].as_array().unwrap().iter().find(|step| step["line"] == 7).expect("the line");
    assert_eq!(copied["layer"]["size"], json!({"bytes": 5, "honesty": "exact"}));
    let begun = |line: u64| {
        events.iter().any(|event| event["type"] == "step-started" && event["line"] == line && event["stage"].is_u64())
    };
    assert!([2, 3, 5, 6, 7].into_iter().all(begun), "{events:#?}");
    let (_, status) = server.build(&from_base("RUN echo no space left on device; exit 3\n"));
    assert_eq!((&status["state"], &status["report"]["error"]["line"]), (&json!("failed"), &json!(2)), "{status}");
    drop(server);
    bench.nothing_is_left();
}

#[test]
fn an_image_that_is_not_allowed_is_refused_with_its_line() {
    let Some(bench) = Bench::find() else { return };
    let other = "stageplay-server-other";
    docker(&["tag", BASE, other]);
    let server = bench.server("isolated-images", &[]);
    let id = docker(&["images", "-q", "--no-trunc", BASE]);
    let short = id.trim().trim_start_matches("sha256:").get(..12).unwrap_or_default().to_string();
    for image in [other, "alpine", &format!("{BASE}:2"), &short, &format!("sha256:{}", &short[..4]), "127.0.0.1:1/a"] {
        let (_, status) = server.build(&json!({"dockerfile": format!("FROM scratch\n\nFROM {image}\nRUN true\n")}));
        let problem = &status["problem"];
        assert_eq!((&problem["code"], &problem["line"]), (&json!("image-not-here"), &json!(3)), "{image}: {status}");
        let (_, status) = server.build(&from_base(&format!("COPY --from={image} / /x\n")));
        assert_eq!((&status["problem"]["code"], &status["problem"]["line"]), (&json!("image-not-here"), &json!(2)));
    }
    drop(server);
    docker(&["rmi", other]);
    bench.nothing_is_left();
}

/// Archives in a folder are as good as images of the engine.
#[test]
fn base_images_come_from_archives_too() {
    let Some(bench) = Bench::find() else { return };
    let archives = folder("isolated-archives-dir");
    docker(&["tag", BASE, "kept:1"]);
    docker(&["save", "-o", &archives.join("kept.tar").display().to_string(), "kept:1"]);
    docker(&["rmi", "kept:1"]);
    let server = bench.server("isolated-archives", &["--base-images", &archives.display().to_string()]);
    let (_, status) = server.build(&json!({"dockerfile": "FROM kept:1\nRUN echo a > /a\n"}));
    assert_eq!(status["state"], "succeeded", "{status}");
    drop(server);
    bench.nothing_is_left();
}

/// Whatever BuildKit reads into a Dockerfile that was checked: there is nothing to reach from its daemon.
#[test]
fn what_a_daemon_reads_otherwise_reaches_nothing() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let Some(bench) = Bench::find() else { return };
    let canary = std::net::TcpListener::bind("0.0.0.0:0").expect("a free port");
    let port = canary.local_addr().expect("an address").port();
    let count: &'static AtomicUsize = Box::leak(Box::default());
    std::thread::spawn(move || {
        for _ in canary.incoming() {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    // It hears who comes.
    drop(std::net::TcpStream::connect(("127.0.0.1", port)));
    while count.load(Ordering::Relaxed) == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let server = bench.server("isolated-readings", &["--build-time", "20"]);
    for host in ["127.0.0.1", "172.17.0.1"] {
        let (url, evil) = (format!("http://{host}:{port}/a"), format!("{host}:{port}/evil:1"));
        let second = format!("FROM {BASE}\nADD {url} /x\n");
        let frontend = format!("# syntax={evil}\nFROM {evil}\nCOPY --from={evil} / /x\n");
        let texts = [
            format!("ADD [\"http\\u003a//{host}:{port}/a\",\"/x\"] z\n"),
            format!("RUN cat <<true\nADD {url} /x\nRUN cat /x; \\\ntrue\n"),
            format!("RUN echo a # \\\r\r\nADD {url} /x\n"),
            format!("ONBUILD ADD [\"http\\u003a//{host}:{port}/a\",\"/x\"] z\n"),
            format!("RUN --mount=type=bind,FROM={evil},target=/m ls /m\n"),
            format!("RUN --mount=type=bind,\\\"from={evil}\\\",target=/m ls /m\n"),
        ];
        for text in &texts {
            server.build(&from_base(text));
        }
        server.build(&json!({"dockerfile": format!("#\u{a0}escape=`\nFROM {BASE}\nRUN a `\nADD {url} /x\n")}));
        server
            .build(&json!({"dockerfile": "FROM ${HTTP_PROXY:-scratch}\nRUN a\n", "build_args": {"HTTP_PROXY": evil}}));
        for text in [&second, &frontend] {
            let mut build = from_base("RUN true\n");
            build["files"] = json!([{"path": "d", "link": "."}, {"path": "d/Dockerfile", "text": text}]);
            // A context that is not taken is as good.
            if let Some(id) = server.post(&build).json()["id"].as_str() {
                server.events(id, 0);
            }
        }
    }
    assert_eq!(count.load(Ordering::Relaxed), 1, "only our own word to it");
    drop(server);
    bench.nothing_is_left();
}

#[test]
fn what_a_build_writes_is_bounded() {
    let Some(bench) = Bench::find() else { return };
    let server = bench.server("isolated-disk", &["--build-time", "60"]);
    let full = |lines: &str| {
        let (code, text) = ends(&server, &from_base(lines));
        assert!(text.to_lowercase().contains("no space left on device"), "{lines}: {code} {text}");
        code
    };
    full("RUN dd if=/dev/zero of=/a bs=1M count=200\n");
    full("RUN fallocate -l 200M /a\n");
    // Each step is below the limit, all are not.
    full(
        "RUN dd if=/dev/urandom of=/a bs=1M count=30\nRUN dd if=/dev/urandom of=/b bs=1M count=30\nRUN dd if=/dev/urandom of=/c bs=1M count=30\n",
    );
    // Without a name, and under a volume.
    full("RUN exec 3>/a; rm /a; dd if=/dev/zero bs=1M count=200 >&3\n");
    full("VOLUME /v\nRUN mkdir -p /v; dd if=/dev/zero of=/v/a bs=1M count=200\n");
    // More files than there may be, which hold nothing.
    full("RUN mkdir /d; cd /d; seq 1 40000 | xargs touch\n");
    // A sparse file is as large as it says once it is a part of an image.
    assert_eq!(full("RUN truncate -s 8G /a\n"), "disk-limit");
    // A bomb of a few bytes: bzip2 of zeros, which core refuses or the daemon cannot keep.
    let bomb = program("sh")
        .args(["-c", "cd \"$(mktemp -d)\" && truncate -s 600M a && tar -cjf - a && rm a"])
        .output()
        .expect("tar runs");
    use base64::Engine as _;
    let bomb = base64::engine::general_purpose::STANDARD.encode(bomb.stdout);
    let build =
        json!({"dockerfile": "FROM scratch\nADD a.tar.bz2 /\n", "files": [{"path": "a.tar.bz2", "base64": bomb}]});
    let (_, status) = server.build(&build);
    assert_eq!(status["state"], "failed", "{status}");
    // The name of a file is no limit, and no folder of the daemon is shown.
    for name in ["/no space left on device", "/x: no space left on device"] {
        let mut build = from_base(&format!("RUN touch \"{name}\"\nCOPY [\"d/\",\"{name}\"]\n"));
        build["files"] = json!([{"path": "d/f", "text": ""}, {"path": "d/g", "text": ""}]);
        let (events, status) = server.build(&build);
        assert_eq!((&status["state"], &status["problem"]), (&json!("failed"), &Value::Null), "{status}");
        assert_eq!(status["report"]["error"]["line"], 3, "{status}");
        let all = format!("{status}{events:?}");
        assert!(all.contains("space left on device") && !all.contains("/tmp/buildkit"), "{all}");
    }
    let (_, status) = server.build(&from_base("RUN echo still here\n"));
    assert_eq!(status["state"], "succeeded", "{status}");
    drop(server);
    bench.nothing_is_left();
}

#[test]
fn memory_and_processes_are_bounded_for_all_steps_together() {
    let Some(bench) = Bench::find() else { return };
    let server = bench.server("isolated-memory", &["--build-time", "60"]);
    // Six stages at once, each below what one may take.
    let mut text = String::new();
    for stage in 0..6 {
        text.push_str(&format!(
            "FROM {BASE} AS s{stage}\nRUN echo {stage}; set -o pipefail; dd if=/dev/zero bs=120M count=1 | (sleep 5; wc -c) > /n\n"
        ));
    }
    text.push_str("FROM scratch\n");
    (0..6).for_each(|stage| text.push_str(&format!("COPY --from=s{stage} /n /n{stage}\n")));
    let (code, message) = ends(&server, &json!({"dockerfile": text}));
    assert!(
        code == "memory-limit" || message.contains("137") || message.contains("cannot allocate"),
        "{code} {message}"
    );
    // A bomb of processes ends as a step of its own or with its daemon, and takes nobody else with it.
    let (events, status) = server.build(&from_base("RUN f() { f | f & }; f; sleep 5\n"));
    assert!(log(&events).contains("can't fork"), "{status}");
    let (_, status) = server.build(&from_base("RUN echo still here\n"));
    assert_eq!(status["state"], "succeeded", "{status}");
    drop(server);
    bench.nothing_is_left();
}

#[test]
fn two_builds_at_once_do_not_know_each_other() {
    let Some(bench) = Bench::find() else { return };
    let server = bench.server("isolated-two", &["--concurrency", "2"]);
    let quiet = server.submit(&from_base(
        "RUN --mount=type=cache,id=x,target=/c echo secret > /c/f; echo secret > /tmp/f; sleep 4; ps; echo undisturbed\n",
    ));
    let loud = server.submit(&from_base(
        "RUN --mount=type=cache,id=x,target=/c cat /c/f; cat /tmp/f; ps | grep -c sleep; dd if=/dev/zero of=/a bs=1M count=500; kill -9 -1\n",
    ));
    let begun = Instant::now();
    while daemons().len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(20), "both build at once");
        std::thread::sleep(Duration::from_millis(20));
    }
    let all = |id: &str| server.events(id, 0).into_iter().map(|(_, event)| event).collect::<Vec<_>>();
    let (loud, quiet) = (all(&loud), all(&quiet));
    assert!(!log(&loud).contains("secret"), "{}", log(&loud));
    assert_eq!(loud.last().expect("an end")["state"], "failed");
    assert!(log(&quiet).contains("undisturbed"), "{}", log(&quiet));
    assert_eq!(quiet.last().expect("an end")["state"], "succeeded");
    drop(server);
    bench.nothing_is_left();
}

/// The daemons of all builds have one user id. So the kernel would let them signal and trace each other, if they could name
/// each other's processes.
#[test]
fn a_build_reaches_no_process_of_another() {
    let Some(bench) = Bench::find() else { return };
    let server = bench.server("isolated-processes", &["--concurrency", "2"]);
    let quiet = server.submit(&from_base("RUN sleep 6; echo undisturbed\n"));
    let begun = Instant::now();
    while daemons().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the first one builds");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_secs(1));
    // Signals go to processes of the namespace, and /proc shows no others.
    let loud = "RUN n=0; for i in $(seq 2 40000); do kill -0 $i 2>/dev/null && n=$((n + 1)); kill -9 $i 2>/dev/null; done; echo \"reached: $n\"; cat /proc/[0-9]*/cmdline | grep -c '[b]uildkit'; wc -l < /proc/keys\n";
    let (events, status) = server.build(&from_base(loud));
    assert_eq!((&status["state"], log(&events).as_str()), (&json!("succeeded"), "reached: 0\n0\n0\n"), "{status}");
    let quiet: Vec<Value> = server.events(&quiet, 0).into_iter().map(|(_, event)| event).collect();
    assert!(log(&quiet).contains("undisturbed"), "{}", log(&quiet));
    drop(server);
    bench.nothing_is_left();
}

/// A program that asks for the keyring of its user, and ends with the number of the error. For amd64, in machine code.
const KEYCTL: &str = "f0VMRgIBAQAAAAAAAAAAAAIAPgABAAAAeABAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAEAAOAABAAAAAAAAAAEAAAAFAAAAAAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAkwAAAAAAAACTAAAAAAAAAAAQAAAAAAAAuPoAAAAx/778////MdIPBYnH99+4PAAAAA8F";

/// The keys of a user are shared by all processes with its id, whatever their namespaces are.
#[test]
fn a_step_has_no_keys_of_its_user() {
    let Some(bench) = Bench::find() else { return };
    if !cfg!(target_arch = "x86_64") {
        return skipped("the program is one for amd64");
    }
    let server = bench.server("isolated-keys", &[]);
    let mut build = from_base("COPY keys /keys\nRUN /keys; echo $?\n");
    build["files"] = json!([{"path": "keys", "base64": KEYCTL, "mode": 0o755}]);
    let (events, status) = server.build(&build);
    assert_eq!(status["state"], "succeeded", "{status}");
    // ENOSYS by the profile of the daemon's container, or EPERM by that of BuildKit.
    assert!(["38\n", "1\n"].contains(&log(&events).as_str()), "{}", log(&events));
    drop(server);
    bench.nothing_is_left();
}

/// Docker builds and starts such an image, but does not save it.
#[test]
fn an_image_without_layers_is_built_in_the_same_way_everywhere() {
    let Some(bench) = Bench::find() else { return };
    let text = "FROM scratch\nENV A=b\nLABEL c=d\nCMD [\"/x\"]\n";
    let mut found = Vec::new();
    for (name, builder, isolated) in
        [("classic", "classic", false), ("buildkit", "buildkit", false), ("isolated", "buildkit", true)]
    {
        let name = format!("isolated-layerless-{name}");
        let server = match isolated {
            true => bench.server(&name, &["--allow-download"]),
            false => crate::engine::server(&name, &["--allow-download"]),
        };
        let (events, status) = server.build(&json!({"dockerfile": text, "builder": builder, "run": true}));
        assert_eq!(status["state"], "succeeded", "{builder}: {status}");
        let report = &status["report"];
        let built = events.iter().find(|event| event["type"] == "built").expect("it was built");
        assert!(built["image"].as_str().is_some_and(|id| id.starts_with("sha256:")), "{built}");
        found.push((report["run"]["verdict"].clone(), report["run"]["exit_code"].clone(), report["size"].clone()));
        let path = format!("/api/builds/{}/image.tar", status["id"].as_str().expect("an id"));
        assert_eq!(server.get(&path).status, 200, "{builder}");
        drop(server);
        bench.nothing_is_left();
    }
    assert!(found.iter().all(|one| *one == found[0]), "{found:?}");
    assert_eq!(found[0].1, 127);
}

/// Pipes break text where they like.
#[test]
fn characters_in_two_pieces_are_whole() {
    let Some(bench) = Bench::find() else { return };
    let server = bench.server("isolated-characters", &[]);
    let print = "printf '\\344\\270'; sleep 0.3; printf '\\255\\346'; sleep 0.3; printf '\\226\\207\\n'";
    let mut build = from_base(&format!("RUN {print}\nCMD {print}\n"));
    build["run"] = json!(true);
    let (events, status) = server.build(&build);
    assert_eq!((log(&events).as_str(), &status["report"]["run"]["stdout"]), ("中文\n", &json!("中文\n")), "{status}");
    // Each build asks the daemon for its version until one told it; a daemon that is slow to answer is not waited for.
    let is_told = || server.get("/api/engine").json()["version"].as_str().is_some_and(|version| !version.is_empty());
    for _ in 0..3 {
        if !is_told() {
            server.build(&build);
        }
    }
    assert!(is_told(), "{}", server.get("/api/engine").json());
    drop(server);
    bench.nothing_is_left();
}

#[test]
fn nothing_is_left_of_a_build_that_is_stopped() {
    let Some(bench) = Bench::find() else { return };
    let server = bench.server("isolated-stop", &[]);
    // At every moment: while the daemon starts, in a step, while it sends the image, while it is started.
    for wait in [0, 100, 300, 500, 800, 1_200, 2_000] {
        let id = server.submit(&json!({"dockerfile": format!("FROM {BASE}\nRUN sleep 0.3; dd if=/dev/urandom of=/a bs=1M count=20\nCMD [\"sleep\", \"2\"]\n"), "run": true}));
        std::thread::sleep(Duration::from_millis(wait));
        server.ask("DELETE", &format!("/api/builds/{id}"), &[], &[]);
        let end = server.events(&id, 0).pop().expect("an end").1;
        assert!(end["state"] == "cancelled" || end["state"] == "succeeded", "{wait}: {end}");
        assert_eq!(daemons(), Vec::<String>::new(), "{wait}");
    }
    let slow = from_base("RUN sleep 600\n");
    server.submit(&slow);
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(daemons().len(), 1);
    // A clean stop in mid-build.
    drop(server);
    bench.nothing_is_left();
    let hasty = bench.server("isolated-hasty", &["--build-time", "2"]);
    assert_eq!(ends(&hasty, &slow).0, "build-time");
    drop(hasty);
    bench.nothing_is_left();
}

#[test]
fn the_next_start_removes_what_a_killed_server_left() {
    let Some(bench) = Bench::find() else { return };
    let mut server = bench.server("isolated-killed", &["--concurrency", "2"]);
    for _ in 0..2 {
        server.submit(&from_base("RUN sleep 600\n"));
    }
    std::thread::sleep(Duration::from_secs(3));
    server.child.kill().expect("it runs");
    server.child.wait().expect("it ends");
    assert_eq!(daemons().len(), 2);
    let state = stageplay_tests::root().join("target/test-work/isolated-killed");
    let next = Server::start(&state, &["--build-daemon", DAEMON, "--base-image", BASE]);
    assert_eq!(next.get("/readyz").status, 200);
    assert_eq!(daemons(), Vec::<String>::new());
    drop(next);
    bench.nothing_is_left();
}

#[test]
fn an_operator_hears_what_is_missing() {
    let Some(bench) = Bench::find() else { return };
    let problem = |options: &[&str]| {
        let server = Server::start(&folder("isolated-missing"), options);
        server.get("/api/engine").json()["problem"]["message"].as_str().unwrap_or("").to_string()
    };
    let message = problem(&["--build-daemon", "stageplay-nowhere"]);
    assert!(message.contains("stageplay-nowhere") && message.contains("not on the engine"), "{message}");
    let message = problem(&["--build-daemon", BASE]);
    assert!(message.contains(BASE) && message.contains("root"), "{message}");
    let message = problem(&["--build-daemon", DAEMON, "--base-image", "stageplay-nowhere:1"]);
    assert!(message.contains("stageplay-nowhere:1") && message.contains("not on the engine"), "{message}");
    bench.nothing_is_left();
}

/// A program that asks the kernel for one context for asynchronous input and output, of which there is a fixed number for
/// the whole machine, and ends with the number of the error. For amd64, in machine code.
const IO_SETUP: &str = "f0VMRgIBAQAAAAAAAAAAAAIAPgABAAAAeABAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAEAAOAABAAAAAAAAAAEAAAAFAAAAAAAAAAAAAAAAAEAAAAAAAAAAQAAAAAAAlAAAAAAAAACUAAAAAAAAAAAQAAAAAAAAagC4zgAAAL8BAAAASInmDwX32InHuDwAAAAPBQ==";

#[test]
fn a_step_takes_no_asynchronous_contexts_of_the_machine() {
    let Some(bench) = Bench::find() else { return };
    if !cfg!(target_arch = "x86_64") {
        return skipped("the program is one for amd64");
    }
    let server = bench.server("isolated-aio", &[]);
    let mut build = from_base("COPY io /io\nRUN /io && echo got one || echo refused\n");
    build["files"] = json!([{"path": "io", "base64": IO_SETUP, "mode": 0o755}]);
    let (events, status) = server.build(&build);
    assert_eq!((&status["state"], log(&events).as_str()), (&json!("succeeded"), "refused\n"), "{status}");
    drop(server);
    bench.nothing_is_left();
}

/// Archives of an operator's may stand where the server keeps its own.
#[test]
fn files_of_others_beside_saved_base_images_stay() {
    let Some(bench) = Bench::find() else { return };
    let state = folder("isolated-others-files");
    let archives = state.join("base-images");
    std::fs::create_dir(&archives).expect("a folder");
    let (mine, old) = (archives.join("mine.tar"), archives.join(format!("sha256-{}.tar", "0".repeat(64))));
    std::fs::write(&mine, "precious").expect("a file");
    std::fs::write(&old, "of an image that is not named any more").expect("a file");
    // A file of this server without its content, as after a loss of power.
    let id = docker(&["images", "-q", "--no-trunc", BASE]);
    let saved = archives.join(format!("{}.tar", id.trim().replace(':', "-")));
    std::fs::write(&saved, "").expect("a file");
    let server = Server::start(&state, &["--build-daemon", DAEMON, "--base-image", BASE]);
    assert_eq!(server.get("/readyz").status, 200);
    drop(server);
    assert!(mine.exists() && !old.exists() && saved.metadata().is_ok_and(|meta| meta.len() > 100_000));
    bench.nothing_is_left();
}

#[test]
fn one_client_downloads_two_images_at_a_time() {
    let Some(bench) = Bench::find() else { return };
    let server = bench.server("isolated-downloads", &["--allow-download"]);
    let (_, status) = server.build(&from_base("RUN head -c 30000000 /dev/urandom > /a\n"));
    assert_eq!(status["state"], "succeeded", "{status}");
    let path = format!("/api/builds/{}/image.tar", status["id"].as_str().expect("an id"));
    // They do not read further.
    let begin = || {
        let mut connection = server.send("GET", &path, &[], &[]);
        let mut first = [0; 1_000];
        std::io::Read::read_exact(&mut connection, &mut first).expect("an answer begins");
        connection
    };
    let open = [begin(), begin()];
    let refused = server.get(&path);
    assert_eq!((refused.status, &refused.json()["code"]), (429, &json!("downloads")));
    drop(open);
    let begun = Instant::now();
    while server.ask("HEAD", &path, &[], &[]).status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(60), "a download that was given up is over");
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(server);
    bench.nothing_is_left();
}
