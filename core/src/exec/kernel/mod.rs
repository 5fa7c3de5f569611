//! The kernel's side of execve(2): look-up, permission, format, interpreter.
//!
//! After Linux's `fs/exec.c`, `fs/binfmt_script.c` and `fs/binfmt_elf.c`.

mod binfmt_elf;
mod binfmt_misc_qemu;
mod binfmt_script;

use super::Credentials;
use super::cause::Cause;
use super::outcome::{Outcome, TraceStep, Who};
use super::start::Start;
use super::system::System;
use crate::elf::{self, Machine};
use crate::fs::{Errno, Node, Tree};

/// The bytes of a file by which the kernel recognizes its format, and the longest `#!` line (BINPRM_BUF_SIZE since 5.1).
const HEAD: usize = 256;
const SEGMENTATION_FAULT: i32 = 128 + 11;

/// Executes a file. With `load` a shared library, which needs libraries and has no PT_INTERP, is loaded by the root's own
/// loader.
fn execve_file(system: &System<'_>, start: Start<'_>, load: bool) -> Outcome {
    let outcome = Outcome::new(&start);
    let mut execution = Execution { system, start, load, outcome };
    execution.program(start.path, None, 0);
    execution.outcome
}

/// One execve(2).
struct Execution<'a, 'r> {
    system: &'a System<'r>,
    start: Start<'a>,
    load: bool,
    outcome: Outcome,
}

impl Execution<'_, '_> {
    fn step(&mut self, code: &'static str, params: &[(&'static str, &str)], ok: bool) {
        self.outcome.trace.push(TraceStep::new(Who::Kernel, code, params, ok));
    }

    fn fail(&mut self, errno: Errno, cause: Cause) {
        self.outcome.errno = Some(errno);
        self.outcome.fails(cause);
    }

    fn not_executable(&mut self, real: &str, empty: bool) {
        self.fail(Errno::Enoexec, Cause::NotExecutable { path: real.to_string(), empty });
    }

    /// The process is killed before its first instruction.
    fn killed(&mut self, real: &str, code: i32) {
        self.step("map-program", &[("path", real)], false);
        self.outcome.loader = Some((code, String::new()));
        self.outcome.fails(Cause::Truncated { path: real.to_string() });
    }

    /// Opens and starts `path`. `script`: the script whose interpreter it is.
    fn program(&mut self, path: &str, script: Option<&str>, depth: usize) {
        let (real, node) = match self.system.look_up(&self.start, path) {
            Ok(found) => found,
            Err(errno) => return self.not_opened(path, script, errno),
        };
        // A library may lack the execute permission.
        let opens_as_library = self.load && node.content().is_some() && self.start.who.may(&node, 4);
        if !opens_as_library && let Err(cause) = self.executable(&real, &node) {
            return self.fail(Errno::Eacces, cause);
        }
        self.step("open-program", &[("path", &real), ("errno", "")], true);
        let Some(content) = node.content() else {
            return self.outcome.is_unknown("unreadable", &real);
        };
        self.outcome.program = real.clone();
        let head = content.read_at(0, HEAD);
        if elf::is_elf(&head) {
            self.elf(&real, &node, content);
        } else if head.starts_with(b"#!") {
            self.script(path, &real, &head, depth);
        } else if head.is_empty() && (content.len > 0 || !content.len_known) {
            self.step("read-format-unknown", &[("path", &real)], false);
            self.outcome.is_unknown("unknown-content", &real);
        } else {
            self.step("read-format", &[("path", &real)], false);
            self.not_executable(&real, content.len == 0);
        }
    }

    fn not_opened(&mut self, path: &str, script: Option<&str>, errno: Errno) {
        let full = crate::fs::path::join(self.start.cwd, path);
        if errno == Errno::Enoent && self.system.root.may_hide(&full) {
            self.step("open-program-unlisted", &[("path", path)], false);
            return self.outcome.is_unknown("unlisted-file", path);
        }
        let name = || path.to_string();
        let cause = match (errno, script) {
            (Errno::Enoent | Errno::Enotdir, Some(script)) => {
                self.step("open-interpreter", &[("interpreter", path), ("errno", errno.name())], false);
                self.outcome.misses("interpreter", path, script);
                let carriage_return = path.ends_with('\r');
                let path = script.to_string();
                return self
                    .fail(errno, Cause::ScriptInterpreterMissing { path, interpreter: name(), carriage_return });
            }
            (Errno::Eloop, _) => Cause::SymlinkLoop { path: name() },
            (Errno::Eacces, _) => Cause::PermissionDenied { path: name(), mode: "?".into() },
            _ => {
                self.outcome.misses("program", path, "");
                Cause::NotFound { path: name(), in_path: false }
            }
        };
        self.step("open-program", &[("path", path), ("errno", errno.name())], false);
        self.fail(errno, cause);
    }

    /// Checks whether the kernel opens the file for execution.
    fn executable(&mut self, real: &str, node: &Node) -> Result<(), Cause> {
        let path = real.to_string();
        if node.is_dir() {
            self.step("open-program", &[("path", real), ("errno", "EACCES")], false);
            return Err(Cause::IsDirectory { path });
        }
        let mode = format!("{:04o}", node.mode);
        if node.content().is_none() || !self.start.who.may(node, 1) {
            self.step("check-mode", &[("path", real), ("mode", &mode)], false);
            return Err(Cause::PermissionDenied { path, mode });
        }
        if self.system.root.is_noexec(real) {
            self.step("check-mount", &[("path", real)], false);
            return Err(Cause::MountedNoexec { path });
        }
        Ok(())
    }
}

impl System<'_> {
    /// Simulates execve(2) of a file.
    pub fn execve(&self, start: Start<'_>) -> Outcome {
        execve_file(self, start, false)
    }

    /// Checks whether a file loads: a program as with [`System::execve`], a library as the root's own loader loads it for a
    /// program, including its symbols.
    pub fn check(&self, start: Start<'_>) -> Outcome {
        execve_file(self, start, true)
    }
}

/// Simulates execve(2) of one file of a tree. For many files of one tree make a [`System`].
pub fn execve(
    tree: &Tree,
    cwd: &str,
    path: &str,
    argv: &[String],
    env: &[String],
    who: &Credentials,
    machine: Machine,
) -> Outcome {
    System::new(tree, machine).execve(Start { cwd, path, argv, env, who })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::{Elf, NeededVersions};
    use crate::exec::{Credentials, Verdict};
    use crate::fs::Content;
    use crate::fs::Tree;

    fn tree(files: &[(&str, Vec<u8>, u32)]) -> Tree {
        let mut tree = Tree::new();
        for (path, bytes, mode) in files {
            tree.mkdir_all(crate::fs::path::parent(path), 0o755, 0, 0).unwrap();
            tree.write(path, Content::inline(bytes.clone()), *mode, 0, 0).unwrap();
        }
        tree
    }

    fn start(tree: &Tree, path: &str) -> Outcome {
        super::super::execve(tree, "/", path, &[path.to_string()], &[], &Credentials::default(), Machine::X86_64)
    }

    fn dynamic(interpreter: &str, library: &str, version: &str) -> Vec<u8> {
        let mut elf = Elf::new(Machine::X86_64, false);
        elf.interpreter = Some(interpreter.into());
        elf.needed = vec![library.into()];
        elf.needed_versions = vec![NeededVersions::strong(library, vec![version.into()])];
        elf::write(&elf)
    }

    fn library(soname: &str, versions: &[&str]) -> Vec<u8> {
        let mut elf = Elf::new(Machine::X86_64, true);
        elf.soname = Some(soname.into());
        elf.defined_versions = versions.iter().map(|v| v.to_string()).collect();
        elf::write(&elf)
    }

    const LD: &str = "/lib64/ld-linux-x86-64.so.2";

    #[test]
    fn a_missing_interpreter_is_enoent_on_a_file_that_exists() {
        let tree = tree(&[("/app", dynamic(LD, "libc.so.6", "GLIBC_2.34"), 0o755)]);
        let outcome = start(&tree, "/app");
        assert_eq!(outcome.errno, Some(Errno::Enoent));
        assert!(matches!(outcome.cause, Some(Cause::InterpreterMissing { .. })));
    }

    #[test]
    fn glibc_wants_the_library_and_then_its_versions() {
        let app = ("/app", dynamic(LD, "libc.so.6", "GLIBC_2.34"), 0o755);
        let ld = (LD, library("ld-linux-x86-64.so.2", &[]), 0o755);
        let outcome = start(&tree(&[app.clone(), ld.clone()]), "/app");
        assert_eq!(
            outcome.loader,
            Some((127, "/app: error while loading shared libraries: libc.so.6: cannot open shared object file: No such file or directory\n".into()))
        );
        let old = ("/lib/x86_64-linux-gnu/libc.so.6", library("libc.so.6", &["GLIBC_2.19"]), 0o755);
        let outcome = start(&tree(&[app.clone(), ld.clone(), old]), "/app");
        assert_eq!(
            outcome.loader,
            Some((
                1,
                "/app: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /app)\n".into()
            ))
        );
        let new = ("/usr/lib/libc.so.6", library("libc.so.6", &["GLIBC_2.19", "GLIBC_2.34"]), 0o755);
        assert_eq!(start(&tree(&[app, ld, new]), "/app").verdict, Verdict::Starts);
    }

    #[test]
    fn a_library_that_is_started_dies_at_once() {
        let mut library = Elf::new(Machine::X86_64, true);
        (library.soname, library.needed) = (Some("libz.so.1".into()), vec!["libc.so.6".into()]);
        let outcome = start(&tree(&[("/libz.so.1", elf::write(&library), 0o755)]), "/libz.so.1");
        assert_eq!(outcome.loader, Some((SEGMENTATION_FAULT, String::new())));
        assert!(matches!(outcome.cause, Some(Cause::SharedLibrary { .. })));
        // A static position-independent program needs nothing.
        let program = Elf::new(Machine::X86_64, true);
        let outcome = start(&tree(&[("/app", elf::write(&program), 0o755)]), "/app");
        assert_eq!(outcome.verdict, Verdict::Starts);
    }

    #[test]
    fn musl_takes_glibcs_names_for_itself_and_lists_every_missing_library() {
        let ld = ("/lib/ld-musl-x86_64.so.1", library("libc.musl-x86_64.so.1", &[]), 0o755);
        let app = ("/app", dynamic("/lib/ld-musl-x86_64.so.1", "libc.musl-x86_64.so.1", "X"), 0o755);
        assert_eq!(start(&tree(&[app, ld.clone()]), "/app").verdict, Verdict::Starts);
        let app = ("/app", dynamic("/lib/ld-musl-x86_64.so.1", "libz.so.1", "X"), 0o755);
        let outcome = start(&tree(&[app, ld]), "/app");
        assert_eq!(
            outcome.loader,
            Some((127, "Error loading shared library libz.so.1: No such file or directory (needed by /app)\n".into()))
        );
    }

    #[test]
    fn scripts_lead_to_their_interpreter() {
        let sh = ("/bin/sh", elf::write(&Elf::new(Machine::X86_64, false)), 0o755);
        let good = ("/run.sh", b"#! /bin/sh -e\necho\n".to_vec(), 0o755);
        let dos = ("/dos.sh", b"#!/bin/sh\r\necho\r\n".to_vec(), 0o755);
        let nested = ("/loop", b"#!/loop\n".to_vec(), 0o755);
        let tree = tree(&[sh, good, dos, nested]);
        let outcome = start(&tree, "/run.sh");
        assert_eq!(
            (outcome.verdict, outcome.argv),
            (Verdict::Starts, vec!["/bin/sh".into(), "-e".into(), "/run.sh".into()])
        );
        let outcome = start(&tree, "/dos.sh");
        assert!(matches!(outcome.cause, Some(Cause::ScriptInterpreterMissing { carriage_return: true, .. })));
        assert_eq!(start(&tree, "/loop").errno, Some(Errno::Eloop));
    }

    #[test]
    fn the_kernel_refuses_what_it_cannot_run() {
        let arm = elf::write(&Elf::new(Machine::Aarch64, false));
        let tree = tree(&[
            ("/arm", arm, 0o755),
            ("/text", b"hello".to_vec(), 0o755),
            ("/empty", vec![], 0o755),
            ("/x", vec![], 0o644),
        ]);
        assert!(matches!(start(&tree, "/arm").cause, Some(Cause::WrongMachine { .. })));
        let emulated = |emulator: &str| {
            let system = System::new(&tree, Machine::X86_64).with_emulator(emulator);
            let who = Credentials::default();
            system.execve(Start { cwd: "/", path: "/arm", argv: &["/arm".into()], env: &[], who: &who })
        };
        assert_eq!(emulated("qemu-aarch64-static").verdict, Verdict::Starts);
        assert_eq!(emulated("qemu-x86_64").errno, Some(Errno::Enoexec));
        assert_eq!(start(&tree, "/text").errno, Some(Errno::Enoexec));
        assert!(matches!(start(&tree, "/empty").cause, Some(Cause::NotExecutable { empty: true, .. })));
        assert_eq!(start(&tree, "/x").errno, Some(Errno::Eacces));
        assert!(matches!(start(&tree, "/nope").cause, Some(Cause::NotFound { .. })));
    }

    /// A root from which nothing may be executed.
    struct Noexec(Tree);

    impl crate::exec::Root for Noexec {
        fn node(&self, path: &str) -> Option<std::borrow::Cow<'_, Node>> {
            self.0.get(path).map(std::borrow::Cow::Borrowed)
        }

        fn is_noexec(&self, _: &str) -> bool {
            true
        }
    }

    #[test]
    fn rarer_refusals_have_their_own_causes() {
        let app = ("/app", dynamic(LD, "libc.so.6", "GLIBC_2.34"), 0o755);
        let loader = (LD, library("ld-linux-x86-64.so.2", &[]), 0o755);
        let text = ("/lib/x86_64-linux-gnu/libc.so.6", vec![b'x'; 100], 0o755);
        let outcome = start(&tree(&[app.clone(), loader.clone(), text]), "/app");
        assert!(
            matches!(&outcome.cause, Some(Cause::LibraryUnusable { reason, .. }) if reason == "invalid ELF header")
        );

        let outcome = start(&tree(&[app.clone(), (LD, vec![b'x'; 100], 0o755)]), "/app");
        assert_eq!(outcome.errno, Some(Errno::Elibbad));
        assert!(matches!(outcome.cause, Some(Cause::InterpreterUnusable { .. })));

        let mut scripts: Vec<(String, Vec<u8>)> =
            (0..7).map(|depth| (format!("/s{depth}"), format!("#!/s{}\n", depth + 1).into_bytes())).collect();
        scripts.push(("/s7".into(), elf::write(&Elf::new(Machine::X86_64, false))));
        let files: Vec<(&str, Vec<u8>, u32)> =
            scripts.iter().map(|(name, text)| (name.as_str(), text.clone(), 0o755)).collect();
        assert!(matches!(start(&tree(&files), "/s0").cause, Some(Cause::NestedScripts { .. })));
        assert_eq!(start(&tree(&files), "/s3").verdict, Verdict::Starts);

        let mut torn = elf::write(&Elf::new(Machine::X86_64, false));
        // The entry point lies beyond the end of the file.
        torn[24..32].copy_from_slice(&0x40_2000u64.to_le_bytes());
        torn[64 + 32..64 + 40].copy_from_slice(&0x10_0000u64.to_le_bytes());
        torn[64 + 40..64 + 48].copy_from_slice(&0x10_0000u64.to_le_bytes());
        let outcome = start(&tree(&[("/torn", torn, 0o755)]), "/torn");
        assert!(matches!((&outcome.cause, outcome.loader), (Some(Cause::Truncated { .. }), Some((135, _)))));

        let root = Noexec(tree(&[app, loader]));
        let argv = ["/app".to_string()];
        let start = Start { cwd: "/", path: "/app", argv: &argv, env: &[], who: &Credentials::default() };
        let outcome = System::new(&root, Machine::X86_64).execve(start);
        assert!(matches!(outcome.cause, Some(Cause::MountedNoexec { .. })));
    }
}
