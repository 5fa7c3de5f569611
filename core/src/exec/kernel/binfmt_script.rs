//! Scripts: the `#!` line (Linux's `fs/binfmt_script.c`).

use super::{Execution, HEAD};
use crate::exec::cause::Cause;
use crate::fs::Errno;

/// The most nested script interpreters that Linux follows (`exec_binprm`).
const MAX_SCRIPTS: usize = 5;

impl Execution<'_, '_> {
    /// Starts the interpreter of a script.
    pub(super) fn script(&mut self, asked: &str, real: &str, head: &[u8], depth: usize) {
        let Some((interpreter, argument)) = shebang(head) else {
            self.step("read-format", &[("path", real)], false);
            return self.not_executable(real, false);
        };
        self.step("read-shebang", &[("path", real), ("interpreter", &interpreter)], true);
        let rest = self.outcome.argv.split_off(1.min(self.outcome.argv.len()));
        let lead = [interpreter.clone()].into_iter().chain(argument).chain([asked.to_string()]);
        self.outcome.argv = lead.chain(rest).collect();
        if interpreter.is_empty() {
            // An empty path resolves to the working directory.
            let path = self.start.cwd.to_string();
            self.step("open-interpreter", &[("interpreter", &interpreter), ("errno", "EACCES")], false);
            return self.fail(Errno::Eacces, Cause::IsDirectory { path });
        }
        // The interpreter is opened before the depth is counted.
        if depth + 1 > MAX_SCRIPTS && self.system.look_up(&self.start, &interpreter).is_ok() {
            self.step("nested-scripts", &[("path", real)], false);
            return self.fail(Errno::Eloop, Cause::NestedScripts { path: self.start.path.to_string() });
        }
        self.program(&interpreter, Some(real), depth + 1);
    }
}

/// The interpreter of a `#!` line and its one argument (`load_script`).
///
/// A line that does not end within the head is accepted if the interpreter's name ends within it.
fn shebang(head: &[u8]) -> Option<(String, Option<String>)> {
    let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    // The buffer is padded with NUL, and its last byte is always NUL.
    let mut buffer = [0u8; HEAD];
    for (place, byte) in buffer.iter_mut().zip(head) {
        *place = *byte;
    }
    let line = buffer.get(2..)?;
    let stop = line.iter().position(|byte| *byte == b'\n' || *byte == 0)?;
    let end = if line.get(stop) == Some(&b'\n') {
        stop
    } else {
        let start = line.iter().position(|byte| !blank(byte))?;
        let last = HEAD - 3;
        line.get(start..last)?.iter().position(|byte| blank(byte) || *byte == 0)?;
        last
    };
    let line = line.get(..end)?;
    let line = line.get(..line.len() - line.iter().rev().take_while(|byte| blank(byte)).count())?;
    let start = line.iter().position(|byte| !blank(byte)).filter(|start| *start < end)?;
    let line = line.get(start..)?;
    let name_end = line.iter().position(|byte| blank(byte) || *byte == 0).unwrap_or(line.len());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let name = line.get(..name_end)?;
    let argument = line.get(name_end..).filter(|rest| rest.first().is_some_and(|byte| *byte != 0));
    let argument = argument.map(|rest| rest.get(rest.iter().take_while(|byte| blank(byte)).count()..).unwrap_or(&[]));
    let argument = argument.map(|rest| rest.split(|byte| *byte == 0).next().unwrap_or(&[]));
    Some((text(name), argument.filter(|rest| !rest.is_empty()).map(text)))
}
