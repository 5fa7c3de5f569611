//! Programs of another processor, started by an emulator that the kernel's `binfmt_misc` hands them to.
//!
//! A test program of its own, since a registration holds for the whole machine while it lasts.

use serde_json::Value;
use stageplay_tests::{folder, program, skipped, stageplay};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const REGISTER: &str = "/proc/sys/fs/binfmt_misc/register";
const NAME: &str = "stageplay-aarch64";

/// A registration that ends with this value.
struct Registered;

impl Registered {
    fn new(emulator: &str) -> Option<Self> {
        if !Path::new(REGISTER).exists() {
            let mount = ["-t", "binfmt_misc", "binfmt_misc", "/proc/sys/fs/binfmt_misc"];
            let _ = program("mount").args(mount).output();
        }
        // Magic and mask of an aarch64 program, as QEMU's own script registers it; F opens the emulator now.
        let magic = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00";
        let mask = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff";
        fs::write(REGISTER, format!(":{NAME}:M::{magic}:{mask}:{emulator}:F")).ok()?;
        Some(Registered)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let _ = fs::write(format!("/proc/sys/fs/binfmt_misc/{NAME}"), "-1");
    }
}

/// An aarch64 program that ends with code 3: `mov x0, #3; mov x8, #93; svc #0`.
fn aarch64(interpreter: Option<&str>) -> Vec<u8> {
    let code: Vec<u8> = [0xd280_0060u32, 0xd280_0ba8, 0xd400_0001].iter().flat_map(|word| word.to_le_bytes()).collect();
    let name: Vec<u8> = interpreter.map(|name| [name.as_bytes(), &[0]].concat()).unwrap_or_default();
    let headers = if interpreter.is_some() { 2u64 } else { 1 };
    let at_name = 64 + 56 * headers;
    let at_code = (at_name + name.len() as u64).next_multiple_of(4);
    let base = 0x40_0000u64;
    let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    out.extend([2u16, 183].iter().flat_map(|half| half.to_le_bytes()));
    out.extend(1u32.to_le_bytes());
    out.extend([base + at_code, 64, 0].iter().flat_map(|word| word.to_le_bytes()));
    out.extend(0u32.to_le_bytes());
    out.extend([64u16, 56, headers as u16, 64, 0, 0].iter().flat_map(|half| half.to_le_bytes()));
    let size = at_code + code.len() as u64;
    let mut segment = |kind: u32, flags: u32, offset: u64, len: u64, align: u64| {
        out.extend([kind, flags].iter().flat_map(|word| word.to_le_bytes()));
        out.extend([offset, base + offset, base + offset, len, len, align].iter().flat_map(|word| word.to_le_bytes()));
    };
    if interpreter.is_some() {
        segment(3, 4, at_name, name.len() as u64, 1);
    }
    segment(1, 5, 0, size, 0x1_0000);
    out.extend(name);
    out.resize(at_code as usize, 0);
    out.extend(code);
    out
}

#[test]
fn an_emulator_starts_what_the_kernel_would_refuse() {
    let emulators = ["/usr/bin/qemu-aarch64-static", "/usr/bin/qemu-aarch64"];
    let Some(emulator) = emulators.into_iter().find(|path| Path::new(path).exists()) else {
        return skipped("no user-mode QEMU for aarch64");
    };
    let root = folder("emulation");
    let put = |name: &str, bytes: &[u8]| {
        fs::write(root.join(name), bytes).expect("it is written");
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(0o755)).expect("it is changed");
    };
    put("static", &aarch64(None));
    put("dynamic", &aarch64(Some("/lib/ld-linux-aarch64.so.1")));
    put("script", b"#!/static\n");
    put("lost", b"#!/dynamic\n");
    let compare = |options: &[&str]| {
        for name in ["/static", "/dynamic", "/script", "/lost"] {
            let real = program("chroot").arg(&root).arg(name).env("LC_ALL", "C").output().expect("chroot runs");
            let mut exec = stageplay();
            exec.args(["exec", "--engine", "chroot", "--format", "json", "--root"]).arg(&root).args(options).arg(name);
            let report: Value = serde_json::from_slice(&exec.output().expect("it runs").stdout).expect("a report");
            let starts = report["verdict"] == "starts";
            let code = report["exit_code"].as_i64().map_or(3, |code| code as i32);
            let words = String::from_utf8_lossy(&real.stderr).into_owned();
            assert_eq!(
                (real.status.code(), words),
                (Some(code), report["stderr"].as_str().unwrap_or("").to_string()),
                "{name} {options:?}: {report}"
            );
            assert_eq!(starts, real.status.code() == Some(3), "{name} {options:?}");
        }
    };
    // Without one, unless this machine has one of its own.
    if !Path::new("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists() {
        compare(&[]);
    }
    let Some(_registered) = Registered::new(emulator) else {
        return skipped("binfmt_misc takes no registration here (needs root)");
    };
    let name = emulator.rsplit('/').next().expect("a name");
    compare(&["--emulator", name]);
}
