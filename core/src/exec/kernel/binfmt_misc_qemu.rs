//! QEMU user-mode emulators, which `binfmt_misc` starts for programs of another machine.

use super::{Execution, execve_file};
use crate::elf::Machine;
use crate::exec::cause::Cause;
use crate::exec::outcome::Outcome;
use crate::exec::start::Start;
use crate::exec::system::System;

impl Execution<'_, '_> {
    /// Starts the emulator that `binfmt_misc` names for the file. The emulator then acts as that machine's kernel. It is a
    /// process, so its failures are exit codes (seen with QEMU 7.2 under Linux 6.x and under Docker 20.10).
    pub(super) fn emulated(&mut self, real: &str, machine: Machine, emulator: &str) {
        self.step("emulate", &[("path", real), ("machine", &machine.name()), ("emulator", emulator)], true);
        let guest = System::new(self.system.root, machine).with_proc(self.system.has_proc);
        let argv = self.outcome.argv.clone();
        let outcome = execve_file(&guest, Start { path: real, argv: &argv, ..self.start }, self.load);
        let before = std::mem::take(&mut self.outcome.trace);
        self.outcome = Outcome { trace: before.into_iter().chain(outcome.trace).collect(), ..outcome };
        let words = match &self.outcome.cause {
            Some(Cause::InterpreterMissing { interpreter, .. }) => {
                format!("{emulator}: Could not open '{interpreter}': No such file or directory\n")
            }
            _ => return,
        };
        self.outcome.errno = None;
        self.outcome.loader = Some((255, words));
    }
}
