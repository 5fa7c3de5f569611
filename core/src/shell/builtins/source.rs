//! `.` and `source`.

use crate::shell::Shell;
use crate::shell::builtins::eval::run_in_current_shell;
use crate::shell::builtins::export_readonly::refuse;
use crate::shell::interpret::Flow;
use crate::shell::language::Language;

/// The readable file of a name in the folders of PATH. It need not be executable.
fn in_path(shell: &Shell, name: &str) -> Option<String> {
    let search = shell.var("PATH").unwrap_or("").to_string();
    let mut places = search.split(':').map(|folder| match folder {
        "" => name.to_string(),
        folder => format!("{}/{name}", folder.trim_end_matches('/')),
    });
    places.find(|place| shell.fs.stat(&shell.cwd, place).is_ok_and(|(_, node)| !node.is_dir()))
}

pub(crate) fn source(shell: &mut Shell, argv: &[String]) -> i32 {
    let Some(asked) = argv.get(1) else { return 2 };
    // A name without a slash is searched for in PATH (POSIX, 2.14, dot); bash then looks in the working directory.
    let found = if asked.contains('/') { None } else { in_path(shell, asked) };
    if found.is_none() && !asked.contains('/') && shell.language() != Language::Bash {
        if shell.which(asked).1 {
            shell.gap("unlisted-file", asked);
            return 0;
        }
        let text = format!("{}: {asked}: not found", shell.builtin_prefix("."));
        return refuse(shell, text);
    }
    let name = found.as_ref().unwrap_or(asked);
    match shell.read(name) {
        Ok(Some(bytes)) => {
            let script = String::from_utf8_lossy(&bytes).into_owned();
            // dash takes no arguments here.
            let arguments = argv.get(2..).unwrap_or(&[]);
            let takes = !arguments.is_empty() && shell.language() != Language::Dash;
            let outer = takes.then(|| std::mem::replace(&mut shell.positional, arguments.to_vec()));
            let status = run_in_current_shell(shell, "source", &script);
            if let Some(outer) = outer {
                shell.positional = outer;
            }
            // `return` ends the file, not what reads it.
            if shell.pending_flow == Some(Flow::Return) {
                shell.pending_flow = None;
            }
            status
        }
        Ok(None) => {
            shell.gap("unknown-content", name);
            0
        }
        Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
            shell.gap("unlisted-file", name);
            0
        }
        Err(error) => {
            let text = match shell.language() {
                Language::Bash => format!("{}: {name}: {}", shell.message_prefix(), error.errno.message()),
                // dash has its own word for it.
                Language::Dash => format!("{}: cannot open {name}: No such file", shell.builtin_prefix(".")),
                Language::Ash => {
                    format!("{}: can't open '{name}': {}", shell.builtin_prefix("."), error.errno.message())
                }
            };
            refuse(shell, text)
        }
    }
}
