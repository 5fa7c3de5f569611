//! The command model of `ninja`, in a folder that cmake configured for it.

use crate::fs::path;
use crate::shell::Shell;

/// The command model of `ninja`, in a folder that cmake configured for it.
pub(crate) fn ninja(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words: Vec<String> = ["make", "-s", "-f", "build.ninja"].map(str::to_string).to_vec();
    let mut rest = argv.iter().skip(1);
    let mut folder = shell.cwd.clone();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-C" => {
                let name = rest.next().cloned().unwrap_or_default();
                shell.out(format!("ninja: Entering directory `{name}'\n"));
                if !shell.fs.stat(&shell.cwd, &name).is_ok_and(|(_, node)| node.is_dir())
                    && !shell.fs.may_hide(&shell.cwd, &name)
                {
                    shell.err(format!("ninja: fatal: chdir to '{name}' - No such file or directory\n"));
                    return 1;
                }
                folder = path::join(&folder, &name);
                words.extend(["-C".to_string(), name]);
            }
            "-j" | "-k" | "-l" | "-f" => {
                rest.next();
            }
            "--version" => {
                shell.gap("unknown-output", "ninja --version");
                return 0;
            }
            word if word.starts_with('-') => {}
            word => words.push(word.to_string()),
        }
    }
    let file = path::join(&folder, "build.ninja");
    if shell.fs.stat("/", &file).is_err() && !shell.fs.may_hide("/", &file) {
        shell.err("ninja: error: loading 'build.ninja': No such file or directory\n");
        return 1;
    }
    crate::toolchains::make::make(shell, &words)
}
