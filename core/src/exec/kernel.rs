//! The kernel's side of execve(2): look-up, permission, format, interpreter.

use super::loader;
use super::trace::{Cause, Outcome, TraceStep, Verdict, Who};
use crate::elf::{self, Machine};
use crate::fs::{Content, Errno, Tree};

/// Nested `#!` interpreters that Linux follows (fs/exec.c, `bprm` recursion limit).
const MAX_SCRIPTS: usize = 5;
/// Bytes of a `#!` line that Linux reads (BINPRM_BUF_SIZE since 5.1).
const SHEBANG_BYTES: usize = 256;

/// As whom a program is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are POSIX")]
pub struct Credentials {
    pub uid: u32,
    pub gid: u32,
}

/// Executes `path` (resolved against `cwd`) with arguments and environment, on paper.
///
/// `argv[0]` is what loaders print as the program's name.
pub fn execve(
    tree: &Tree,
    cwd: &str,
    path: &str,
    argv: &[String],
    env: &[String],
    who: Credentials,
    host: Machine,
) -> Outcome {
    let mut run = Run {
        tree,
        cwd,
        env,
        who,
        host,
        outcome: Outcome {
            verdict: Verdict::Starts,
            errno: None,
            loader: None,
            cause: None,
            unknown: None,
            trace: Vec::new(),
            program: path.to_string(),
            elf: None,
            argv: argv.to_vec(),
        },
    };
    run.program(path, path, 0);
    run.outcome
}

struct Run<'a> {
    tree: &'a Tree,
    cwd: &'a str,
    env: &'a [String],
    who: Credentials,
    host: Machine,
    outcome: Outcome,
}

impl Run<'_> {
    fn step(&mut self, code: &'static str, params: &[(&'static str, &str)], ok: bool) {
        self.outcome.trace.push(TraceStep::new(Who::Kernel, code, params, ok));
    }

    fn fail(&mut self, errno: Errno, cause: Cause) {
        self.outcome.verdict = Verdict::Fails;
        self.outcome.errno = Some(errno);
        self.outcome.cause = Some(cause);
    }

    fn unknown(&mut self, code: &'static str, what: &str) {
        self.outcome.verdict = Verdict::Unknown;
        self.outcome.unknown = Some((code, what.to_string()));
    }

    fn program(&mut self, path: &str, asked: &str, depth: usize) {
        let found = self.tree.stat(self.cwd, path);
        let (real, node) = match found {
            Ok(found) => found,
            Err(error) => {
                if error.errno == Errno::Enoent && self.tree.may_hide(self.cwd, path) {
                    self.step("open-program-unlisted", &[("path", path)], false);
                    return self.unknown("unlisted-file", path);
                }
                self.step("open-program", &[("path", path), ("errno", error.errno.name())], false);
                let path = asked.to_string();
                let cause = match error.errno {
                    Errno::Eloop => Cause::SymlinkLoop { path },
                    _ => Cause::NotFound { path, in_path: false },
                };
                return self.fail(error.errno, cause);
            }
        };
        if node.is_dir() {
            self.step("open-program", &[("path", &real), ("errno", "EACCES")], false);
            return self.fail(Errno::Eacces, Cause::IsDirectory { path: real });
        }
        if !node.allows(self.who.uid, self.who.gid, 1) {
            let mode = format!("{:04o}", node.mode);
            self.step("check-mode", &[("path", &real), ("mode", &mode)], false);
            return self.fail(Errno::Eacces, Cause::PermissionDenied { path: real, mode });
        }
        self.step("open-program", &[("path", &real), ("errno", "")], true);
        let Some(content) = node.content().cloned() else {
            return self.unknown("unreadable", &real);
        };
        self.outcome.program = real.clone();
        if elf::is_elf(content.head()) {
            self.elf(&real, &content);
        } else if content.head().starts_with(b"#!") {
            self.script(&real, &content, depth);
        } else if content.head().is_empty() && (content.len > 0 || !content.len_known) {
            self.step("read-format-unknown", &[("path", &real)], false);
            self.unknown("unknown-content", &real);
        } else {
            self.step("read-format", &[("path", &real)], false);
            let empty = content.len == 0;
            self.fail(Errno::Enoexec, Cause::NotExecutable { path: real, empty });
        }
    }

    fn elf(&mut self, real: &str, content: &Content) {
        let file = match elf::read(content.head()) {
            Ok(file) => file,
            Err(error) => {
                self.step("read-elf", &[("path", real), ("reason", &error.reason)], false);
                return self.fail(Errno::Enoexec, Cause::NotExecutable { path: real.to_string(), empty: false });
            }
        };
        if file.machine != self.host {
            let (machine, host) = (file.machine.name(), self.host.name());
            self.step("check-machine", &[("machine", &machine), ("host", &host)], false);
            return self.fail(Errno::Enoexec, Cause::WrongMachine { path: real.to_string(), machine, host });
        }
        let Some(interpreter) = file.interpreter.clone() else {
            self.step("static-program", &[("path", real)], true);
            self.outcome.elf = Some(Box::new(file));
            return;
        };
        self.step("read-interpreter", &[("path", real), ("interpreter", &interpreter)], true);
        match self.tree.stat(self.cwd, &interpreter) {
            Err(_) if self.tree.may_hide(self.cwd, &interpreter) => {
                self.step("open-interpreter-unlisted", &[("interpreter", &interpreter)], false);
                self.unknown("unlisted-file", &interpreter);
            }
            Err(error) => {
                self.step("open-interpreter", &[("interpreter", &interpreter), ("errno", error.errno.name())], false);
                let path = real.to_string();
                self.fail(error.errno, Cause::InterpreterMissing { path, interpreter });
            }
            Ok((_, node)) if node.is_dir() || !node.allows(self.who.uid, self.who.gid, 1) => {
                let mode = format!("{:04o}", node.mode);
                self.step("open-interpreter", &[("interpreter", &interpreter), ("errno", "EACCES")], false);
                self.fail(Errno::Eacces, Cause::PermissionDenied { path: interpreter, mode });
            }
            Ok(_) => {
                self.step("open-interpreter", &[("interpreter", &interpreter), ("errno", "")], true);
                let name = self.outcome.argv.first().cloned().unwrap_or_else(|| real.to_string());
                loader::load(self.tree, self.cwd, self.env, real, &name, &file, &interpreter, &mut self.outcome);
                self.outcome.elf = Some(Box::new(file));
            }
        }
    }

    fn script(&mut self, real: &str, content: &Content, depth: usize) {
        let head = content.head().get(2..SHEBANG_BYTES.min(content.head().len())).unwrap_or(&[]);
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
        let line = String::from_utf8_lossy(line).into_owned();
        let trimmed = line.trim_matches([' ', '\t']);
        let (interpreter, argument) = match trimmed.split_once([' ', '\t']) {
            Some((interpreter, argument)) => {
                (interpreter.to_string(), Some(argument.trim_matches([' ', '\t']).to_string()))
            }
            None => (trimmed.to_string(), None),
        };
        if interpreter.is_empty() || depth + 1 > MAX_SCRIPTS {
            self.step("read-format", &[("path", real)], false);
            return self.fail(Errno::Enoexec, Cause::NotExecutable { path: real.to_string(), empty: false });
        }
        self.step("read-shebang", &[("path", real), ("interpreter", &interpreter)], true);
        let exists = self.tree.stat(self.cwd, &interpreter).is_ok();
        if !exists && !self.tree.may_hide(self.cwd, &interpreter) {
            self.step("open-interpreter", &[("interpreter", &interpreter), ("errno", "ENOENT")], false);
            let carriage_return = interpreter.ends_with('\r');
            let cause = Cause::ScriptInterpreterMissing { path: real.to_string(), interpreter, carriage_return };
            return self.fail(Errno::Enoent, cause);
        }
        let rest = self.outcome.argv.split_off(1.min(self.outcome.argv.len()));
        self.outcome.argv =
            [interpreter.clone()].into_iter().chain(argument).chain([real.to_string()]).chain(rest).collect();
        self.program(&interpreter, &interpreter, depth + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::{Elf, NeededVersions};

    fn tree(files: &[(&str, Vec<u8>, u32)]) -> Tree {
        let mut tree = Tree::new();
        for (path, bytes, mode) in files {
            tree.mkdir_all(crate::fs::path::parent(path), 0o755, 0, 0).unwrap();
            tree.write(path, Content::inline(bytes.clone()), *mode, 0, 0).unwrap();
        }
        tree
    }

    fn start(tree: &Tree, path: &str) -> Outcome {
        execve(tree, "/", path, &[path.to_string()], &[], Credentials::default(), Machine::X86_64)
    }

    fn dynamic(interpreter: &str, library: &str, version: &str) -> Vec<u8> {
        let mut elf = Elf::new(Machine::X86_64, false);
        elf.interpreter = Some(interpreter.into());
        elf.needed = vec![library.into()];
        elf.needed_versions = vec![NeededVersions { library: library.into(), versions: vec![version.into()] }];
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
        assert_eq!(start(&tree, "/loop").errno, Some(Errno::Enoexec));
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
        assert_eq!(start(&tree, "/text").errno, Some(Errno::Enoexec));
        assert!(matches!(start(&tree, "/empty").cause, Some(Cause::NotExecutable { empty: true, .. })));
        assert_eq!(start(&tree, "/x").errno, Some(Errno::Eacces));
        assert!(matches!(start(&tree, "/nope").cause, Some(Cause::NotFound { .. })));
    }
}
