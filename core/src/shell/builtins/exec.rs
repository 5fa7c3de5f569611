//! `exec`: the command takes the shell's place; without a command the redirections apply to the shell itself.

use crate::shell::Shell;
use brush_parser::ast::IoRedirect;

impl Shell {
    /// Runs the command that takes the shell's place, or redirects the shell itself.
    ///
    /// # Errors
    /// The exit code if a file of a redirection cannot be opened.
    pub(crate) fn exec(&mut self, argv: &[String], redirects: &[&IoRedirect]) -> Result<i32, i32> {
        let Some(command) = argv.get(1..).filter(|command| !command.is_empty()) else {
            return self.redirect_itself(redirects);
        };
        self.try_redirected(redirects, |shell| {
            shell.is_replacing_itself = true;
            let status = shell.call(command);
            shell.is_replacing_itself = false;
            status
        })
    }
}
