//! A command in the background: `command &`.

use super::Shell;
use brush_parser::ast::AndOrList;

impl Shell {
    /// Runs a list that ends in `&`. It is done before the next command begins, which is one of the orders there are.
    pub(super) fn run_in_background(&mut self, list: &AndOrList) {
        let (positional, input) = (self.positional.clone(), std::mem::take(&mut self.stdin));
        self.background_status = self.nested(positional, |shell| {
            shell.and_or(list);
            shell.last_status
        });
        self.stdin = input;
        self.last_status = 0;
    }
}
