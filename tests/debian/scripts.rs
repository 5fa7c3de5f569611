//! Scripts in Debian's root: `scripts.md` holds them. Each runs for real on an overlay over the root, and as
//! a RUN over the same root's archive; what the layers hold must be equal entry by entry.

use crate::root;
use serde_json::Value;
use stageplay_tests::{folder, program, skipped, stageplay, write};
use std::collections::BTreeMap;
use std::path::Path;

/// Runs a script on an overlay; prints what the overlay has then: type, mode, owner, size, path, link.
/// Overlayfs marks what was removed as a device of its own.
const RUN: &str = r#"
base=$1; work=$2; script=$3
rm -rf "$work"; mkdir -p "$work/up" "$work/work" "$work/mnt"
mount -t overlay overlay -o lowerdir="$base",upperdir="$work/up",workdir="$work/work" "$work/mnt" || exit 1
trap 'umount "$work/mnt/proc" 2>/dev/null; umount "$work/mnt"; rm -rf "$work"' EXIT
mount -t proc proc "$work/mnt/proc"
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$work/mnt" /bin/sh -c "$script" < /dev/null > "$work/out" 2>&1
echo "exit $?"
sed 's/^/o /' "$work/up/o" 2>/dev/null
find "$work/up" -mindepth 1 -printf '%y %m %U %G %s /%P %l\n'
[ -z "$STAGEPLAY_SHOW" ] || cat "$work/out" >&2
"#;

/// One entry as both sides tell it. Of times and of directories' sizes nothing is said.
fn entries_there(listing: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for line in listing.lines() {
        let mut fields = line.splitn(6, ' ');
        let (Some(kind), Some(mode), Some(uid), Some(gid), Some(size), Some(rest)) =
            (fields.next(), fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        if kind.len() != 1 || kind == "o" {
            continue;
        }
        let path = rest.rsplit_once(' ').map_or(rest, |(path, _link)| path);
        let text = match kind {
            "c" => "removed".to_string(),
            "d" => format!("dir {mode} {uid}:{gid}"),
            "l" => format!("symlink {uid}:{gid}"),
            _ => format!("file {mode} {uid}:{gid} {size}"),
        };
        all.insert(path.to_string(), text);
    }
    all
}

fn entries_here(report: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in report["steps"][1]["layer"]["entries"].as_array().into_iter().flatten() {
        let path = entry["path"].as_str().unwrap_or("").trim_end_matches('/').to_string();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if name == ".wh..wh..opq" || name == ".wh..opq" {
            // Overlayfs has it as an attribute.
            continue;
        }
        if let Some(hidden) = name.strip_prefix(".wh.") {
            all.insert(format!("{folder}/{hidden}"), "removed".into());
            continue;
        }
        let mode = format!("{:o}", entry["mode"].as_u64().unwrap_or(0));
        let owner = format!("{}:{}", entry["uid"], entry["gid"]);
        let text = match entry["kind"].as_str().unwrap_or("") {
            "directory" | "dir" => format!("dir {mode} {owner}"),
            "symlink" => format!("symlink {owner}"),
            _ => format!(
                "file {mode} {owner} {}",
                entry["size"].as_u64().or(entry["size"]["bytes"].as_u64()).unwrap_or(0)
            ),
        };
        all.insert(path, text);
    }
    all
}

/// A case: its title, and the script.
fn cases(text: &str) -> Vec<(String, String)> {
    // Another file may be given, to try things.
    let given = std::env::var_os("STAGEPLAY_SCRIPTS").map(|file| std::fs::read_to_string(file).expect("scripts"));
    let text = given.unwrap_or_else(|| text.to_string());
    let case = |section: &str| {
        let (title, rest) = section.split_once('\n').unwrap_or((section, ""));
        let script = rest.split("```sh\n").nth(1).and_then(|body| body.split("```").next()).unwrap_or("");
        (title.trim().to_string(), script.trim().to_string())
    };
    text.split("\n## ").skip(1).map(case).collect()
}

/// What differs between a script for real and the same one simulated; nothing where none can be run for real.
fn compare(base: &Path, archive: &Path, work: &Path, script: &str) -> Option<Vec<String>> {
    let output = program("unshare").args(["-m", "sh", "-c", RUN, "sh"]).arg(base).arg(work).arg(script).output();
    let output = output.expect("unshare runs");
    let real = String::from_utf8_lossy(&output.stdout).into_owned();
    if std::env::var_os("STAGEPLAY_SHOW").is_some() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let code = real.lines().next().and_then(|line| line.strip_prefix("exit "))?.to_string();
    let dir = folder(&format!("debian-script-{}", work.file_name().unwrap_or_default().to_string_lossy()));
    let quoted = serde_json::to_string(&["/bin/sh", "-c", script]).expect("JSON");
    write(&dir, &[("Dockerfile", &format!("FROM debian-root\nRUN {quoted}\nCMD [\"cat\", \"/o\"]\n"))]);
    let base = format!("debian-root={}", archive.display());
    let mut build = stageplay();
    build
        .args([
            "build",
            "--engine",
            "docker-20.10",
            "--builder",
            "classic",
            "--run",
            "--format",
            "json",
            "--base",
            &base,
        ])
        .arg(&dir);
    let output = build.output().expect("stageplay runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let mut wrong: Vec<String> = Vec::new();
    let failed = report["error"]["message"].as_str().unwrap_or("");
    let ours = if failed.is_empty() {
        "0"
    } else {
        failed.rsplit(' ').next().unwrap_or("?").trim_end_matches(|c: char| !c.is_ascii_digit())
    };
    if ours != code {
        wrong.push(format!("exit code: real {code}, ours {ours} {failed}"));
    }
    for gap in report["warnings"].as_array().into_iter().flatten() {
        if gap["rule"] != "ignored-failure" && gap["rule"] != "assumed-processors" {
            wrong.push(format!("ours: {}", gap["message"].as_str().unwrap_or("")));
        }
    }
    if code != "0" {
        return Some(wrong);
    }
    let told: Vec<&str> = real.lines().filter_map(|line| line.strip_prefix("o ")).collect();
    let written: Vec<&str> = report["run"]["stdout"].as_str().unwrap_or("").lines().collect();
    for at in 0..told.len().max(written.len()) {
        if told.get(at) != written.get(at) {
            wrong.push(format!("/o, line {}: real {:?}, ours {:?}", at + 1, told.get(at), written.get(at)));
        }
    }
    let (there, here) = (entries_there(&real), entries_here(&report));
    for path in there.keys().chain(here.keys()).collect::<std::collections::BTreeSet<_>>() {
        let (real, ours) = (there.get(path), here.get(path));
        if real != ours {
            let show = |text: Option<&String>| text.map_or("nothing", String::as_str).to_string();
            wrong.push(format!("{path}: real {}, ours {}", show(real), show(ours)));
        }
    }
    Some(wrong)
}

#[test]
fn scripts_leave_what_they_leave_in_debian() {
    hold(include_str!("scripts.md"), root::USUAL);
}

#[test]
fn tools_that_are_installed_leave_what_they_leave() {
    hold(include_str!("tools.md"), root::TOOLS);
}

fn hold(text: &str, packages: &str) {
    let Some(base) = root::find("12", "bookworm", packages) else { return };
    let archive = root::archive(&base);
    let work = folder(&format!("debian-work-{}", packages.len()));
    let pattern = std::env::var("STAGEPLAY_CASE").unwrap_or_default();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (title, script) in cases(text).into_iter().filter(|(title, _)| title.contains(&pattern)) {
        count += 1;
        let Some(differ) = compare(&base, &archive, &work, &script) else {
            return skipped("no overlay can be mounted here");
        };
        println!("  {} {title}", if differ.is_empty() { "equal  " } else { "DIFFERS" });
        differ.iter().for_each(|line| println!("           {line}"));
        wrong.extend(differ.into_iter().map(|line| format!("{title}: {line}")));
    }
    println!("  {count} scripts");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
