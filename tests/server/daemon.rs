//! BuildKit daemons over TCP with certificates of both sides, where a `buildkitd` can be had: on PATH,
//! or named by STAGEPLAY_BUILDKITD. The certificates are those that `deploy/certs.sh` makes.

use crate::http::Server;
use serde_json::{Value, json};
use stageplay_tests::{docker, folder, program, root, skipped};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A daemon that ends with this value.
struct Daemon(Child);

impl Daemon {
    fn start(buildkitd: &Path, address: &str, certs: &Path, root: &Path) -> Option<Daemon> {
        let mut daemon = program(buildkitd);
        daemon.arg("--addr").arg(format!("tcp://{address}")).arg("--root").arg(root);
        for (option, file) in
            [("--tlscacert", "ca.pem"), ("--tlscert", "buildkitd.pem"), ("--tlskey", "buildkitd-key.pem")]
        {
            daemon.arg(option).arg(certs.join(file));
        }
        daemon.args(["--oci-worker", "true", "--containerd-worker", "false"]);
        let mut child = daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if begun.elapsed() > Duration::from_secs(20) || child.try_wait().is_ok_and(|ended| ended.is_some()) {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(Daemon(child))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = program("kill").arg(self.0.id().to_string()).status();
        for _ in 0..100 {
            if self.0.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder with what `deploy/certs.sh` makes.
pub(crate) fn certificates(work: &Path) -> PathBuf {
    let certs = work.join("certs");
    let made = program(root().join("deploy/certs.sh")).arg(&certs).stdout(Stdio::null()).status();
    assert!(made.is_ok_and(|status| status.success()), "certs.sh makes certificates");
    certs
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port()
}

fn build(lines: &str) -> Value {
    use base64::Engine as _;
    let busybox = base64::engine::general_purpose::STANDARD.encode(std::fs::read("/bin/busybox").expect("busybox"));
    json!({
        "dockerfile": format!("FROM scratch AS tools\nCOPY --chmod=755 busybox /bin/sh\n{lines}"),
        "files": [{"path": "busybox", "base64": busybox, "mode": 0o755}],
        "builder": "buildkit", "run": true, "no_cache": true,
    })
}

#[test]
fn a_pool_of_daemons_builds_over_tls() {
    let Some(buildkitd) = docker::buildkitd().filter(|_| Path::new("/bin/busybox").exists()) else {
        return skipped("no buildkitd on PATH or in STAGEPLAY_BUILDKITD, or no static busybox");
    };
    let _turn = crate::engine::turn();
    let work = folder("server-daemon");
    let certs = certificates(&work);
    let ports = [free_port(), free_port()];
    let state = std::env::temp_dir().join(format!("stageplay-buildkitd-{}", ports[0]));
    let start =
        |port: u16| Daemon::start(&buildkitd, &format!("127.0.0.1:{port}"), &certs, &state.join(port.to_string()));
    let (Some(first), Some(second)) = (start(ports[0]), start(ports[1])) else {
        return skipped("buildkitd does not start here");
    };
    let engine = format!("buildkit://localhost:{},127.0.0.1:{}", ports[0], ports[1]);
    let file = |name: &str| certs.join(name).display().to_string();
    let (ca, cert, key) = (file("ca.pem"), file("stageplay.pem"), file("stageplay-key.pem"));
    let with_cert = ["--tls-ca", &ca, "--tls-cert", &cert, "--tls-key", &key];
    let server =
        Server::start(&work.join("state"), &[&["--engine", &engine], &with_cert[..], &["--rate", "1000"]].concat());

    let report = server.get("/api/engine").json();
    assert_eq!((&report["kind"], &report["can_run"]), (&json!("buildkit"), &json!(false)), "{report}");
    assert!(report["version"].as_str().is_some_and(|version| !version.is_empty()), "{report}");
    let lines = "RUN echo made && echo four > /a\nFROM scratch\nCOPY --from=tools /bin/sh /a /\nENTRYPOINT [\"/sh\"]\n";
    // By turns on both.
    for _ in 0..3 {
        let (events, status) = server.build(&build(lines));
        assert_eq!(status["state"], "succeeded", "{status}");
        assert!(events.iter().any(|event| event["type"] == "log" && event["text"] == "made\n"), "{events:#?}");
        let report = &status["report"];
        let copied = report["steps"].as_array().unwrap().iter().find(|step| step["line"] == 5).expect("the line");
        let bytes = std::fs::metadata("/bin/busybox").expect("busybox").len() + 5;
        assert_eq!(copied["layer"]["size"], json!({"bytes": bytes, "honesty": "exact"}));
        // A daemon starts nothing: the start is judged from the files.
        assert_eq!(report["run"]["verdict"], "starts", "{}", report["run"]);
    }
    let (_, status) = server.build(&build("RUN echo wrong >&2; exit 3\n"));
    assert_eq!((&status["state"], &status["report"]["error"]["line"]), (&json!("failed"), &json!(3)), "{status}");
    let (_, status) = server
        .build(&build("RUN cat < /dev/tcp || wget -O- http://127.0.0.1:1 || ip link | grep -c eth0 || echo shut in\n"));
    assert_eq!(status["state"], "succeeded", "steps have no network: {status}");

    let id = server.submit(&build("RUN sleep 50\n"));
    while server.get(&format!("/api/builds/{id}")).json()["state"] != "running" {
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_secs(1));
    server.ask("DELETE", &format!("/api/builds/{id}"), &[], &[]);
    assert_eq!(server.events(&id, 0).pop().expect("an end").1["state"], "cancelled");

    // Without our certificate a daemon answers nobody.
    let stranger = Server::start(&work.join("stranger"), &["--engine", &engine, "--tls-ca", &ca]);
    assert_eq!(stranger.get("/readyz").status, 503);

    // One of two gone: builds go to the other. Both gone: said so.
    drop(first);
    for _ in 0..2 {
        let (_, status) = server.build(&build("RUN true\n"));
        assert_eq!(status["state"], "succeeded", "{status}");
    }
    // Two builds at once on one daemon: each has its own context.
    let slow = server.submit(&build("RUN echo this is one; sleep 4\n"));
    std::thread::sleep(Duration::from_secs(1));
    let (events, status) = server.build(&build("RUN echo this is two\n"));
    assert_eq!(status["state"], "succeeded", "{status}");
    let said = |events: &[Value], text: &str| events.iter().any(|event| event["text"] == text);
    assert!(said(&events, "this is two\n") && !said(&events, "this is one\n"), "{events:#?}");
    assert_eq!(server.events(&slow, 0).pop().expect("an end").1["state"], "succeeded");
    drop(second);
    // An engine that answered is believed for a moment; the daemon may have taken longer to end.
    let answer = server.post(&build("RUN true\n"));
    match answer.status {
        202 => {
            let id = answer.json()["id"].as_str().expect("an id").to_string();
            assert_eq!(server.events(&id, 0).pop().expect("an end").1["state"], "failed");
        }
        status => assert_eq!((status, &answer.json()["code"]), (409, &json!("no-engine"))),
    }
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(server.get("/readyz").status, 503);
    drop(server);
    let _ = std::fs::remove_dir_all(&state);
}
