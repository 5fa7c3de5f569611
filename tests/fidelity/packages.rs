//! Sizes of package installations held against real ones: Debian 12 by debootstrap, apt-get in a chroot.
//!
//! Needs root, debootstrap and Debian's packages; says "skipped" without one of them.

use serde_json::Value;
use stageplay_tests::{folder, skipped, stageplay, write};
use std::path::Path;
use std::process::Command;

/// How far a modelled size may be from the real one.
const BOUND: f64 = 0.05;

/// What is installed, as written behind `apt-get install -y`.
const INSTALLS: [&str; 5] = [
    "--no-install-recommends curl ca-certificates",
    "git",
    "--no-install-recommends build-essential",
    "python3-pip",
    "--no-install-recommends nginx",
];

/// Installs on an overlay over the base and prints the bytes of files in the upper folder, without
/// apt's caches and logs: Debian's image for containers keeps no caches.
const MEASURE: &str = r#"
set -e
base=$1; work=$2; shift 2
rm -rf "$work"; mkdir -p "$work/up" "$work/work" "$work/mnt"
mount -t overlay overlay -o lowerdir="$base",upperdir="$work/up",workdir="$work/work" "$work/mnt"
trap 'umount "$work/mnt"; rm -rf "$work"' EXIT
[ -f /etc/resolv.conf ] && cp /etc/resolv.conf "$work/mnt/etc/resolv.conf"
chroot "$work/mnt" sh -c "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y $*" > "$work/log" 2>&1 || { tail -3 "$work/log" >&2; exit 1; }
rm -rf "$work/up/var/lib/apt/lists" "$work/up/var/cache" "$work/up/var/log" "$work/up/etc/resolv.conf"
find "$work/up" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }'
"#;

fn base(place: &Path) -> bool {
    let made = Command::new("debootstrap").args(["--variant=minbase", "bookworm"]).arg(place).output();
    made.is_ok_and(|output| output.status.success())
}

#[test]
fn installed_sizes_are_near_the_real_ones() {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root || Command::new("debootstrap").arg("--version").output().is_err() {
        return skipped("no debootstrap, or not root");
    }
    let root = folder("fidelity-debian");
    if !base(&root.join("base")) {
        return skipped("debootstrap could not make Debian 12");
    }
    let mut wrong = Vec::new();
    println!("  real bytes   modelled   error");
    for packages in INSTALLS {
        let mut measure = Command::new("sh");
        measure.args(["-c", MEASURE, "sh"]).arg(root.join("base")).arg(root.join("work")).arg(packages);
        let output = measure.output().expect("sh runs");
        let Ok(real) = String::from_utf8_lossy(&output.stdout).trim().parse::<f64>() else {
            return skipped(&format!("apt-get: {}", String::from_utf8_lossy(&output.stderr).trim()));
        };
        let dir = folder("fidelity-debian-build");
        let install = format!("apt-get update && apt-get install -y {packages} && rm -rf /var/lib/apt/lists/*");
        write(&dir, &[("Dockerfile", &format!("FROM debian:12\nRUN {install}\n"))]);
        let output = stageplay().args(["build", "--format", "json"]).arg(&dir).output().expect("stageplay runs");
        let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
        let size = &report["steps"][1]["layer"]["size"];
        assert_eq!(size["honesty"], "modelled", "{packages}: {report}");
        let ours = size["bytes"].as_f64().expect("a size");
        let error = ours / real - 1.0;
        println!("{real:12} {ours:10}  {:+5.1}%  {packages}", error * 100.0);
        if error.abs() > BOUND {
            wrong.push(packages);
        }
    }
    let _ = std::fs::remove_dir_all(&root);
    assert!(wrong.is_empty(), "more than {BOUND} off: {wrong:?}");
}
