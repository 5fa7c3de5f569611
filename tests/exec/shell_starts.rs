//! Programs that a shell starts: the same words and exit code as where they are started directly.
//!
//! A program that asks for more symbols than its library has is made by gcc, once bound when it starts and once when it
//! calls them, and once for musl's loader where this machine has one.

use super::roots::Root;
use super::{GLIBC, MUSL};
use stageplay_core::command_table::new_shell;
use stageplay_core::elf::Machine;
use stageplay_core::exec::Credentials;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::shell::Stream;
use stageplay_tests::{folder, program, skipped};
use std::path::Path;

const LIBRARY: &str = "int present(void) { return 0; }";
const MORE: &str = "int wanted(void) { return 0; } int datum = 0;";
const MAIN: &str = "int present(void); int wanted(void); extern int datum;
int main(int count, char **words) { return count > 1 ? wanted() : present(); }";
const DATA: &str = "extern int datum; int main(void) { return datum; }";

/// Makes the library that lacks symbols, and a program in each way of binding; whether gcc could.
fn make(place: &Path, loader: &str) -> bool {
    let gcc = |words: &[&str]| {
        let made = program("gcc").args(words).current_dir(place).output();
        made.is_ok_and(|output| output.status.success())
    };
    for (name, text) in [
        ("less.c", LIBRARY.to_string()),
        ("more.c", format!("{LIBRARY}\n{MORE}")),
        ("main.c", MAIN.into()),
        ("data.c", DATA.into()),
    ] {
        std::fs::write(place.join(name), text).expect("a source");
    }
    std::fs::create_dir_all(place.join("full")).expect("a folder");
    let library = ["-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libx.so", "-o"];
    let interpreter = format!("-Wl,--dynamic-linker={loader}");
    let own = |name, source, way| {
        gcc(&["-fPIE", "-pie", "-o", name, source, "-Lfull", "-lx", "-Wl,-rpath,/opt", &interpreter, way])
    };
    gcc(&[&library[..], &["full/libx.so", "more.c"]].concat())
        && gcc(&[&library[..], &["libx.so", "less.c"]].concat())
        && own("now", "main.c", "-Wl,-z,now")
        && own("lazy", "main.c", "-Wl,-z,lazy")
        && own("data", "data.c", "-Wl,-z,lazy")
}

fn compared(name: &str, loader: &str, libc: &[&str]) {
    let (root, made) = (Root::empty(name), folder(&format!("exec-shell-{name}")));
    if !Path::new(loader).exists() || !Path::new("/bin/busybox").exists() || !make(&made, loader) {
        return skipped(&format!("no {loader}, no busybox, or gcc makes no program for it"));
    }
    let mut tree = Tree::new();
    let mut put = |from: &Path, to: &str, mode: u32| {
        let bytes = std::fs::read(from).expect("a file");
        root.write(to, &bytes, mode);
        tree.mkdir_all(&to[..to.rfind('/').unwrap_or(0)], 0o755, 0, 0).expect("folders");
        tree.write(to, Content::inline(bytes), mode, 0, 0).expect("a file");
    };
    put(Path::new("/bin/busybox"), "/bin/sh", 0o755);
    put(&made.join("libx.so"), "/opt/libx.so", 0o644);
    for library in libc.iter().chain([&loader]) {
        put(Path::new(library), library, 0o755);
    }
    for one in ["now", "lazy", "data"] {
        put(&made.join(one), &format!("/{one}"), 0o755);
    }
    // Of a program that starts nothing more is known.
    let programs: &[&str] = if loader == MUSL { &["/now", "/lazy", "/data"] } else { &["/now", "/data"] };
    for script in programs.iter().flat_map(|one| [one.to_string(), format!("{one} x; echo $?"), format!("exec {one}")])
    {
        let mut start = program("/usr/sbin/chroot");
        let real = start.arg(&root.place).args(["/bin/sh", "-c", &script]).env_clear().output().expect("chroot runs");
        let mut shell = new_shell(tree.clone(), "/", &[], Credentials::default(), Machine::X86_64);
        let status = shell.run_argv(&["/bin/sh".into(), "-c".into(), script.clone()]);
        let ours = (Some(status), shell.printed(Stream::Stdout), shell.printed(Stream::Stderr));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(ours, (real.status.code(), text(&real.stdout), text(&real.stderr)), "{name}: {script}");
    }
    if loader == GLIBC {
        let mut start = program("/usr/sbin/chroot");
        let real = start.arg(&root.place).args(["/bin/sh", "-c", "/lazy"]).env_clear().status().expect("chroot runs");
        assert!(real.success(), "a symbol that is never called is not missed");
        let mut shell = new_shell(tree, "/", &[], Credentials::default(), Machine::X86_64);
        assert_eq!(shell.run_argv(&["/bin/sh".into(), "-c".into(), "/lazy".into()]), 0);
    }
}

#[test]
fn a_missing_symbol_is_told_where_a_shell_starts_the_program() {
    let is_root = program("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root {
        return skipped("not root, so no chroot");
    }
    compared("glibc", GLIBC, &["/lib/x86_64-linux-gnu/libc.so.6"]);
    compared("musl", MUSL, &[]);
}
