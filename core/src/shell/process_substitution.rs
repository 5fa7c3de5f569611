//! Process substitution: `diff <(a) <(b)` in bash.

use super::Shell;
use super::language::Language;
use crate::fs::Content;
use brush_parser::ast;

impl Shell {
    /// Process substitution `<(…)`: a file with the output of the commands. The real one is a pipe under /dev, which
    /// is not part of a layer.
    pub(super) fn substituted_file(
        &mut self,
        way: &ast::ProcessSubstitutionKind,
        script: &ast::SubshellCommand,
    ) -> Result<String, String> {
        if self.language() != Language::Bash {
            return Err(format!("{}: Syntax error: \"(\" unexpected", self.message_prefix()));
        }
        if !matches!(way, ast::ProcessSubstitutionKind::Read) {
            self.gap("unmodelled-shell", "process substitution");
            return Ok("/dev/null".into());
        }
        let bytes = self.capture(|shell| {
            shell.nested(shell.positional.clone(), |shell| shell.run_list(&script.list));
        });
        let found = self.fs.stat("/", "/dev/fd").ok().filter(|(_, node)| node.is_dir()).map(|(folder, _)| folder);
        let folder = match found {
            Some(folder) => folder,
            // Where no /proc is mounted, a link to it leads nowhere.
            None => {
                let _ = self.fs.remove("/dev/fd");
                self.fs.mkdir_all("/dev/fd", 0o500, 0, 0).map_err(|error| error.errno.message().to_string())?
            }
        };
        let is_free = |fd: &i32| self.fs.get(&format!("{folder}/{fd}")).is_none();
        let fd = (3..64).rev().find(is_free).unwrap_or(3);
        let made = self.fs.write(&format!("{folder}/{fd}"), Content::inline(bytes), 0o500, 0, 0);
        made.map(|()| format!("/dev/fd/{fd}")).map_err(|error| error.errno.message().to_string())
    }
}
