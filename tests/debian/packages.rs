//! Package installations: apt-get installs for real, and the bytes that a layer gains, programs and libraries
//! by name, users and groups are compared.

use crate::root;
use serde_json::Value;
use stageplay_tests::{folder, program, skipped, stageplay, write};
use std::collections::BTreeSet;

/// How far a modelled size may be from the real one.
const BOUND: f64 = 0.05;

/// What is installed, by release, as written behind `apt-get install -y`.
const INSTALLS: [(&str, &str, &[&str]); 2] = [
    (
        "12",
        "bookworm",
        &[
            "--no-install-recommends curl ca-certificates",
            "git",
            "--no-install-recommends build-essential",
            "python3-pip",
            "--no-install-recommends nginx",
            "--no-install-recommends libpq5",
            "--no-install-recommends openssh-server redis-server",
        ],
    ),
    ("13", "trixie", &["--no-install-recommends gcc libc6-dev", "--no-install-recommends nodejs", "postgresql-client"]),
];

/// Installs on an overlay over the base. Prints the bytes of files in the upper folder, without
/// apt's own caches and lists (Debian's image for containers keeps none), then what is new in the
/// folders of programs and libraries, then new lines of passwd and group.
const MEASURE: &str = r#"
set -e
base=$1; work=$2; shift 2
rm -rf "$work"; mkdir -p "$work/up" "$work/work" "$work/mnt"
mount -t overlay overlay -o lowerdir="$base",upperdir="$work/up",workdir="$work/work" "$work/mnt"
trap 'umount "$work/mnt"; rm -rf "$work"' EXIT
[ -f /etc/resolv.conf ] && cp /etc/resolv.conf "$work/mnt/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' > "$work/mnt/usr/sbin/policy-rc.d"; chmod +x "$work/mnt/usr/sbin/policy-rc.d"
chroot "$work/mnt" sh -c "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y $*" > "$work/log" 2>&1 || { tail -3 "$work/log" >&2; exit 1; }
cd "$work/up"
rm -rf var/lib/apt/lists var/cache/apt etc/resolv.conf usr/sbin/policy-rc.d
# Debian's images for containers begin without logs.
for log in var/log/dpkg.log var/log/alternatives.log; do
  [ -f "$log" ] && [ -f "$base/$log" ] && tail -c "+$(($(stat -c %s "$base/$log") + 1))" "$log" > new && mv new "$log"
done
find . -type f -printf '%i %s\n' | sort -u | awk '{ sum += $2 } END { print sum }'
find -H usr/bin usr/sbin usr/lib/x86_64-linux-gnu -maxdepth 1 ! -type d -printf '/%p\n' 2>/dev/null | grep -E '/s?bin/|\.(so|a|o)(\.|$)' || true
# How programs start: what the root's own ldd says of some of them.
mount -t proc proc "$work/mnt/proc"; trap 'umount "$work/mnt/proc"; umount "$work/mnt"; rm -rf "$work"' EXIT
for path in $(find usr/bin usr/sbin -type f -perm -111 2>/dev/null | sort | head -25); do
  chroot "$work/mnt" sh -c "ldd /$path 2>&1" | sed "s| (0x.*||; s|^[[:space:]]*|ldd /$path |"
done
for file in passwd group; do
  diff "$base/etc/$file" "$work/mnt/etc/$file" | sed -n "s/^> /$file /p"
done
"#;

/// A path with /bin, /sbin and /lib led into /usr, as Debian has them since 12.
fn merged(path: &str) -> String {
    match ["/bin/", "/sbin/", "/lib/"].iter().any(|top| path.starts_with(top)) {
        true => format!("/usr{path}"),
        false => path.to_string(),
    }
}

/// The folders that are compared name by name.
fn is_compared(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_library = [".so", ".a", ".o"].iter().any(|end| name.contains(&format!("{end}.")) || name.ends_with(end));
    matches!(folder, "/usr/bin" | "/usr/sbin") || folder == "/usr/lib/x86_64-linux-gnu" && is_library
}

/// A name without what changes from one point release to the next, a line without numbers that depend on
/// the order in which packages are set up.
fn comparable(line: &str) -> String {
    if let Some((name, version)) = line.split_once(".so.").filter(|_| line.starts_with('/')) {
        return format!("{name}.so.{}", version.split('.').next().unwrap_or(version));
    }
    let is_line = line.starts_with("passwd ") || line.starts_with("group ");
    let is_free = |field: &&str| !(is_line && field.parse::<u32>().is_ok_and(|id| (100..1000).contains(&id)));
    line.split(':').filter(is_free).collect::<Vec<_>>().join(":")
}

/// What the simulated layer has: its size, names, and lines of passwd and group.
fn simulated(release: &str, packages: &str, programs: &BTreeSet<String>) -> (Value, BTreeSet<String>) {
    let dir = folder("fidelity-debian-build");
    let install = format!(
        "cp /etc/passwd /tmp/passwd && cp /etc/group /tmp/group && apt-get update && \
         apt-get install -y {packages} && rm -rf /var/lib/apt/lists/*"
    );
    let shown = "for f in passwd group; do grep -vxFf /tmp/$f /etc/$f | sed \"s/^/$f /\" >> /new; done; rm /tmp/passwd /tmp/group";
    let programs = programs.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let ldd =
        format!("for p in {programs}; do ldd $p 2>&1 | sed \"s| (0x.*||; s|^[[:space:]]*|ldd $p |\" >> /new; done");
    let dockerfile = format!("FROM debian:{release}\nRUN {install}; {shown}\nRUN {ldd}\nCMD [\"cat\", \"/new\"]\n");
    write(&dir, &[("Dockerfile", &dockerfile)]);
    let output = stageplay().args(["build", "--run", "--format", "json"]).arg(&dir).output().expect("stageplay runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let step = &report["steps"][1];
    let size = step["layer"]["size"].clone();
    assert_eq!(size["honesty"], "modelled", "{packages}: {}", report["warnings"]);
    let entries = step["layer"]["entries"].as_array().expect("entries");
    let files = entries.iter().filter(|entry| entry["kind"] == "file" || entry["kind"] == "symlink");
    let mut names: BTreeSet<String> =
        files.filter_map(|entry| entry["path"].as_str()).map(merged).filter(|path| is_compared(path)).collect();
    let text = report["run"]["stdout"].as_str().expect("what the image prints");
    names.extend(text.lines().map(str::to_string));
    (size, names)
}

#[test]
fn installations_are_as_the_real_ones() {
    let mut wrong = Vec::new();
    println!("  release   real bytes   modelled   error   names that differ");
    for (release, suite, installs) in INSTALLS {
        let Some(base) = root::find(release, suite, root::USUAL) else { continue };
        let work = folder(&format!("debian-packages-{release}"));
        for packages in installs {
            let mut measure = program("sh");
            measure.args(["-c", MEASURE, "sh"]).arg(&base).arg(&work).arg(packages);
            let output = measure.output().expect("sh runs");
            let text = String::from_utf8_lossy(&output.stdout);
            let mut lines = text.lines();
            let Some(real) = lines.next().and_then(|line| line.trim().parse::<f64>().ok()) else {
                return skipped(&format!("apt-get: {}", String::from_utf8_lossy(&output.stderr).trim()));
            };
            let there: BTreeSet<String> =
                lines.filter(|line| !line.starts_with('/') || is_compared(line)).map(comparable).collect();
            let programs = there.iter().filter_map(|line| line.strip_prefix("ldd ")?.split(' ').next());
            let programs = programs.map(str::to_string).collect();
            let (size, names) = simulated(release, packages, &programs);
            let names: BTreeSet<String> = names.iter().map(|name| comparable(name)).collect();
            let ours = size["bytes"].as_f64().expect("a size");
            let error = ours / real - 1.0;
            let differ: Vec<String> = there
                .difference(&names)
                .map(|name| format!("-{name}"))
                .chain(names.difference(&there).map(|name| format!("+{name}")))
                .collect();
            println!(
                "  {suite:8} {real:12} {ours:10}  {:+5.1}%  {} of {}  {packages}",
                error * 100.0,
                differ.len(),
                there.len()
            );
            if error.abs() > BOUND {
                wrong.push(format!("{packages}: {:+.1}%", error * 100.0));
            }
            if !differ.is_empty() {
                wrong.push(format!("{packages}: {}", differ.join(" ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
