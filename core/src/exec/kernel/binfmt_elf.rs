//! ELF programs: the check of the processor, PT_INTERP, and files that are shorter than their segments.
//!
//! After Linux's `fs/binfmt_elf.c`.

use super::{Execution, SEGMENTATION_FAULT};
use crate::elf::{BadInterpreter, Elf, FileKind, Machine};
use crate::exec::cause::Cause;
use crate::exec::loader;
use crate::exec::outcome::{BUS_ERROR, Verdict};
use crate::exec::system::ElfFile;
use crate::fs::{Content, Errno, Node};
use std::rc::Rc;

/// Size of a page, the unit of mappings.
const PAGE: u64 = 4096;

impl Execution<'_, '_> {
    /// Starts an ELF file. If it is not known whether it needs a loader at all, a loader that refuses it decides nothing.
    pub(super) fn elf(&mut self, real: &str, node: &Node, content: &Content) {
        let file = self.system.started_file(real, node, content);
        let is_assumed = file.elf.as_ref().is_ok_and(|read| read.linking_assumed && read.interpreter.is_some());
        self.start_elf(real, node, file);
        if is_assumed && self.outcome.verdict == Verdict::Fails {
            self.outcome.is_unknown("assumed-linking", real);
            (self.outcome.cause, self.outcome.errno, self.outcome.loader) = (None, None, None);
            self.outcome.missing.clear();
        }
    }

    fn start_elf(&mut self, real: &str, node: &Node, file: Rc<ElfFile>) {
        let read = match &file.elf {
            Ok(read) => read.clone(),
            Err(error) => {
                self.step("read-elf", &[("path", real), ("reason", &error.reason)], false);
                return self.not_executable(real, false);
            }
        };
        if !self.runs(read.machine) {
            if let Some(emulator) = self.system.emulator(read.machine) {
                return self.emulated(real, read.machine, emulator);
            }
            let (machine, host) = (read.machine.name(), self.system.machine.name());
            self.step("check-machine", &[("machine", &machine), ("host", &host)], false);
            return self.fail(Errno::Enoexec, Cause::WrongMachine { path: real.to_string(), machine, host });
        }
        if !matches!(read.kind, FileKind::Exec | FileKind::Dyn) || read.segments.is_empty() {
            let reason = "neither a program nor a shared object";
            self.step("read-elf", &[("path", real), ("reason", reason)], false);
            return self.not_executable(real, false);
        }
        match read.bad_interpreter {
            Some(BadInterpreter::Malformed) => {
                self.step("read-elf", &[("path", real), ("reason", "PT_INTERP is malformed")], false);
                return self.not_executable(real, false);
            }
            Some(BadInterpreter::Outside) => {
                self.step("read-elf", &[("path", real), ("reason", "PT_INTERP lies outside of the file")], false);
                return self.fail(Errno::Eio, Cause::Truncated { path: real.to_string() });
            }
            None => {}
        }
        if let Some(interpreter) = read.interpreter.clone() {
            self.step("read-interpreter", &[("path", real), ("interpreter", &interpreter)], true);
            let Some(loader) = self.interpreter(real, &interpreter) else {
                return;
            };
            if let Some(code) = self.exit_code_if_truncated(&file, &read) {
                return self.killed(real, code);
            }
            let secure = node.mode & 0o4000 != 0 && self.start.who.uid != node.uid && self.start.who.uid != 0;
            loader::load(self.system, &self.start, secure, file, &interpreter, &loader, &mut self.outcome);
        } else if let Some(code) = self.exit_code_if_truncated(&file, &read) {
            return self.killed(real, code);
        } else if let Some((name, loader)) =
            (self.load && read.has_dynamic && read.is_dyn()).then(|| self.system.own_loader(&self.start)).flatten()
        {
            loader::load(self.system, &self.start, false, file, name, &loader, &mut self.outcome);
        } else if is_library(&read) {
            self.step("static-program", &[("path", real)], true);
            self.outcome.loader = Some((SEGMENTATION_FAULT, String::new()));
            self.outcome.fails(Cause::SharedLibrary { path: real.to_string() });
        } else {
            self.step("static-program", &[("path", real)], true);
        }
        self.outcome.elf = Some(read);
    }

    /// Whether the kernel executes files for `machine`: an x86-64 kernel also those of i386.
    fn runs(&self, machine: Machine) -> bool {
        machine == self.system.machine || (self.system.machine, machine) == (Machine::X86_64, Machine::I386)
    }

    /// The exit code of a process whose file is shorter than its mappings, if it dies at the start. The kernel itself clears
    /// the rest of the last data page; other missing pages kill the process on access.
    fn exit_code_if_truncated(&self, file: &ElfFile, read: &Elf) -> Option<i32> {
        // A modelled file is only the head of a longer file.
        if file.content.basis.is_some() || !file.content.bytes_known() {
            return None;
        }
        let pages = file.content.len.next_multiple_of(PAGE);
        let cleared = read.segments.iter().any(|segment| {
            let end = segment.offset.saturating_add(segment.filesz);
            segment.memsz > segment.filesz && segment.writable && end % PAGE != 0 && end > pages
        });
        let lost_entry = read.is_static() && read.offset_of(read.entry).is_some_and(|at| at >= pages);
        let lost_tables = read.damaged.is_some() && read.interpreter.is_some();
        match (cleared, lost_entry || lost_tables) {
            (true, _) => Some(SEGMENTATION_FAULT),
            (false, true) => Some(BUS_ERROR),
            (false, false) => None,
        }
    }

    /// Opens a program's interpreter and reads its head.
    fn interpreter(&mut self, real: &str, interpreter: &str) -> Option<Rc<ElfFile>> {
        let found = self.system.look_up(&self.start, interpreter);
        let (place, node) = match found {
            Ok(found) => found,
            Err(errno) => {
                let full = crate::fs::path::join(self.start.cwd, interpreter);
                if errno == Errno::Enoent && self.system.root.may_hide(&full) {
                    self.step("open-interpreter-unlisted", &[("interpreter", interpreter)], false);
                    self.outcome.is_unknown("unlisted-file", interpreter);
                    return None;
                }
                self.step("open-interpreter", &[("interpreter", interpreter), ("errno", errno.name())], false);
                self.outcome.misses("interpreter", interpreter, real);
                let (path, interpreter) = (real.to_string(), interpreter.to_string());
                self.fail(errno, Cause::InterpreterMissing { path, interpreter });
                return None;
            }
        };
        if let Err(cause) = self.executable(&place, &node) {
            self.fail(Errno::Eacces, cause);
            return None;
        }
        let content = node.content()?;
        let loader = self.system.shared_file(&place, &node, content);
        let errno = match &loader.elf {
            Ok(elf) if self.runs(elf.machine) => None,
            _ if content.read_at(0, 1).is_empty() && content.len > 0 => None,
            _ if content.len < 64 => Some(Errno::Eio),
            _ => Some(Errno::Elibbad),
        };
        if let Some(errno) = errno {
            self.step("open-interpreter", &[("interpreter", interpreter), ("errno", errno.name())], false);
            let (path, interpreter) = (real.to_string(), interpreter.to_string());
            self.fail(errno, Cause::InterpreterUnusable { path, interpreter });
            return None;
        }
        self.step("open-interpreter", &[("interpreter", interpreter), ("errno", "")], true);
        Some(loader)
    }
}

/// Whether a file without an interpreter is a shared library: the kernel starts it, but nothing loads what it needs, and
/// it dies at its first instruction (observed with glibc 2.36's libraries). A file that a model writes has no symbols and
/// no entry point.
fn is_library(read: &Elf) -> bool {
    read.is_dyn() && !read.flags.pie && (!read.needed.is_empty() || read.has_symbols() && read.entry == 0)
}
