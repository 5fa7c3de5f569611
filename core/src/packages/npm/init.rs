//! `npm init -y`: the package.json that it writes.

use crate::fs::{Content, path};
use crate::packages::language_managers::run_language_manager;
use crate::shell::Shell;

/// `npm init -y`.
pub(crate) fn init(shell: &mut Shell, argv: &[String]) -> i32 {
    let is_plain = argv.iter().skip(2).all(|word| ["-y", "--yes", "-f"].contains(&word.as_str()));
    if !is_plain || shell.fs.stat(&shell.cwd, "package.json").is_ok() {
        return run_language_manager(shell, argv);
    }
    let name = path::file_name(&shell.cwd).to_lowercase();
    let text = format!(
        "{{\n  \"name\": \"{name}\",\n  \"version\": \"1.0.0\",\n  \"description\": \"\",\n  \"main\": \"index.js\",\n  \"scripts\": {{\n    \"test\": \"echo \\\"Error: no test specified\\\" && exit 1\"\n  }},\n  \"keywords\": [],\n  \"author\": \"\",\n  \"license\": \"ISC\"\n}}\n"
    );
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
    let place = path::join(&shell.cwd, "package.json");
    let _ = shell.fs.write(&place, Content::inline(text.into_bytes()), mode, uid, gid);
    0
}
