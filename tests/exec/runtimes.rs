//! Container runtimes without an engine: runc and crun, asked with bundles.

use serde_json::{Value, json};
use stageplay_tests::{folder, program, skipped, stageplay, stdout};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// crun wants the second version of control groups, which a mount of its own name space shows it.
const SCRIPT: &str = r#"
[ "$1" = runc ] && exec runc run "$2"
umount -R /sys/fs/cgroup 2>/dev/null
mount -t cgroup2 none /sys/fs/cgroup || exit 99
exec crun --cgroup-manager=disabled run "$2"
"#;

/// What a runtime said last: of runc's log line its message.
fn said(stderr: &str) -> String {
    let last = stderr.lines().next_back().unwrap_or("");
    match last.split_once(" msg=\"") {
        Some((_, message)) => message.trim_end_matches('"').replace("\\\"", "\""),
        None => last.to_string(),
    }
}

fn asks(runtime: &str, profile: &str) {
    let there = program(runtime).arg("--version").output();
    let Ok(version) = there.map(|output| stdout(&output)) else { return skipped(&format!("no {runtime}")) };
    let wanted = profile.split_once('-').expect("a version").1;
    if !version.lines().next().is_some_and(|line| line.contains(&format!(" {wanted}."))) {
        return skipped(&format!("{} is not {profile}", version.lines().next().unwrap_or(runtime)));
    }
    let bundle = folder(&format!("bundle-{runtime}"));
    let root = bundle.join("rootfs");
    for name in ["proc", "dev", "adir"] {
        fs::create_dir_all(root.join(name)).expect("a folder");
    }
    let put = |name: &str, bytes: &[u8], mode: u32| {
        fs::write(root.join(name), bytes).expect("it is written");
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).expect("it is changed");
    };
    if !Path::new("/bin/busybox").exists() {
        return skipped("no static busybox");
    }
    put("true", &fs::read("/bin/busybox").expect("busybox"), 0o755);
    put("script", b"#!/nowhere\n", 0o755);
    put("text", b"text\n", 0o755);
    put("plain", b"text\n", 0o644);
    put("private", b"#!/true\n", 0o700);
    symlink("two", root.join("one")).expect("a link");
    symlink("one", root.join("two")).expect("a link");
    let mut asked = 0;
    for (path, user) in [
        ("/nope", 0),
        ("nope", 0),
        ("/script", 0),
        ("/text", 0),
        ("/plain", 0),
        ("/adir", 0),
        ("/one", 0),
        ("/text/below", 0),
        ("/private", 65532),
        ("/true", 0),
    ] {
        let config = json!({
            "ociVersion": "1.0.2",
            "process": {"terminal": false, "user": {"uid": user, "gid": user}, "args": [path], "env": ["PATH=/bin"], "cwd": "/"},
            "root": {"path": "rootfs"},
            "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
            "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}]},
        });
        fs::write(bundle.join("config.json"), config.to_string()).expect("it is written");
        let name = format!("stageplay-{}-{asked}", std::process::id());
        let mut run = program("unshare");
        run.args(["-m", "sh", "-c", SCRIPT, "sh", runtime, &name]).current_dir(&bundle);
        let real = run.output().expect("unshare runs");
        let stderr = String::from_utf8_lossy(&real.stderr).into_owned();
        if asked == 0
            && (real.status.code() == Some(99)
                || stderr.contains("not permitted")
                || stderr.contains("cgroups in hybrid"))
        {
            return skipped(&format!("{runtime} cannot start anything here: {}", stderr.trim()));
        }
        let mut exec = stageplay();
        exec.args(["exec", "--format", "json", "--engine", profile, "--env", "PATH=/bin", "--root"]).arg(&root);
        exec.args(["--user", &user.to_string(), path]);
        let report: Value = serde_json::from_slice(&exec.output().expect("it runs").stdout).expect("a report");
        let ours = (report["exit_code"].as_i64(), report["stderr"].as_str().unwrap_or("").trim_end().to_string());
        if path == "/true" {
            assert_eq!((report["verdict"].as_str(), real.status.code()), (Some("starts"), Some(0)), "{stderr}");
            asked += 1;
            continue;
        }
        assert_eq!(ours, (real.status.code().map(i64::from), said(&stderr)), "{runtime} {path}: {stderr}");
        asked += 1;
    }
    assert_eq!(asked, 10);
}

#[test]
fn runc_says_what_the_simulation_says() {
    asks("runc", "runc-1.1");
}

#[test]
fn crun_says_what_the_simulation_says() {
    asks("crun", "crun-1.8");
}
