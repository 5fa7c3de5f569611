//! `type`: what a name refers to, with the options of bash.

use super::command::{CommandKind, explain, meaning, unknown};
use crate::shell::Shell;
use crate::shell::language::Language;

/// `type`. In bash `-t` prints only the kind, `-p` only the path.
pub(crate) fn type_(shell: &mut Shell, argv: &[String]) -> i32 {
    let bash = shell.language() == Language::Bash;
    let mut words = argv.get(1..).unwrap_or(&[]);
    let mut flag = "";
    if let Some((first, rest)) = words.split_first().filter(|(first, _)| bash && ["-t", "-p"].contains(&first.as_str()))
    {
        (flag, words) = (first.as_str(), rest);
    }
    let mut all = true;
    for name in words {
        if flag.is_empty() {
            all &= explain(shell, "type", name);
            continue;
        }
        let meaning = meaning(shell, name);
        all &= !matches!(meaning, CommandKind::Nothing);
        let kind = match meaning {
            CommandKind::File(place) if flag == "-p" => place + "\n",
            _ if flag == "-p" => String::new(),
            CommandKind::Keyword => "keyword\n".into(),
            CommandKind::Function => "function\n".into(),
            CommandKind::Builtin => "builtin\n".into(),
            CommandKind::File(_) => "file\n".into(),
            CommandKind::Nothing => String::new(),
        };
        shell.out(kind);
    }
    if all { 0 } else { unknown(shell) }
}
