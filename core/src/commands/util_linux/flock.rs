//! `flock FILE COMMAND` and `flock FILE -c SCRIPT`: makes the lock file and runs the command.

use crate::commands::coreutils::nice_nohup_timeout::behind_options;
use crate::fs::Content;
use crate::shell::Shell;

pub(crate) fn flock(shell: &mut Shell, argv: &[String]) -> i32 {
    let rest = behind_options("flock", argv);
    if let Some(file) = rest.first()
        && shell.fs.stat(&shell.cwd, file).is_err()
        && let Err(error) = shell.put_file(file, Content::inline([]))
    {
        return shell.complain("flock", &format!("cannot open lock file {file}"), &error);
    }
    match rest.get(1..).unwrap_or(&[]) {
        [] => 0,
        [flag, script, ..] if flag == "-c" => shell.call(&["sh".into(), "-c".into(), script.clone()]),
        command => shell.call(command),
    }
}
