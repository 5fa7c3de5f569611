//! `eval`.

use crate::shell::Shell;
use crate::shell::interpret::Flow;
use crate::shell::limits::MAX_DEPTH;

pub(crate) fn eval(shell: &mut Shell, argv: &[String]) -> i32 {
    let script = argv.get(1..).unwrap_or(&[]).join(" ");
    run_in_current_shell(shell, "eval", &script)
}

/// Runs a script in the current shell. `exit`, `return` and `break` in it take effect in the caller.
pub(crate) fn run_in_current_shell(shell: &mut Shell, command: &str, script: &str) -> i32 {
    if shell.depth >= MAX_DEPTH {
        shell.gap("too-many-steps", command);
        return 0;
    }
    shell.depth += 1;
    shell.indirection += 1;
    let flow = shell.run_text(script);
    shell.indirection -= 1;
    shell.depth -= 1;
    shell.pending_flow = (flow != Flow::Next).then_some(flow);
    shell.last_status
}
