//! `alias` and `unalias`. dash and busybox expand aliases in scripts, bash does not.

use crate::shell::Shell;
use crate::shell::language::Language;

/// An alias. It is expanded from the line after its definition on.
#[derive(Clone, Debug)]
pub(crate) struct Alias {
    pub(crate) text: String,
    pub(crate) line: usize,
}

pub(crate) fn alias(shell: &mut Shell, argv: &[String]) -> i32 {
    let words = argv.get(1..).unwrap_or(&[]);
    let is_bash = shell.language() == Language::Bash;
    let words = if is_bash { words.strip_prefix(&["-p".to_string()]).unwrap_or(words) } else { words };
    if words.is_empty() {
        let all: Vec<String> = shell.aliases.iter().map(|(name, alias)| shown(name, &alias.text, is_bash)).collect();
        shell.out(all.concat());
        return 0;
    }
    let mut status = 0;
    for word in words {
        match word.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Some((name, text)) => {
                let alias = Alias { text: text.into(), line: shell.line };
                shell.aliases.insert(name.into(), alias);
            }
            None => match shell.aliases.get(word).map(|alias| shown(word, &alias.text, is_bash)) {
                Some(text) => shell.out(text),
                None => status = absent(shell, "alias", word),
            },
        }
    }
    status
}

pub(crate) fn unalias(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut status = 0;
    for word in argv.iter().skip(1) {
        if word == "-a" {
            shell.aliases.clear();
        } else if shell.aliases.remove(word).is_none() {
            status = absent(shell, "unalias", word);
        }
    }
    status
}

fn absent(shell: &mut Shell, command: &str, name: &str) -> i32 {
    let text = match shell.language() {
        Language::Bash => format!("{}: {command}: {name}: not found\n", shell.message_prefix()),
        _ => format!("{command}: {name} not found\n"),
    };
    shell.err(text);
    1
}

/// A definition in a form that the shell can read again.
fn shown(name: &str, text: &str, is_bash: bool) -> String {
    let quote = if is_bash { "'\\''" } else { "'\"'\"'" };
    let start = if is_bash { "alias " } else { "" };
    format!("{start}{name}='{}'\n", text.replace('\'', quote))
}

impl Shell {
    /// The words of an alias, if the shell expands aliases and the command's first word is one.
    pub(crate) fn aliased(&mut self, word: &str) -> Option<Vec<String>> {
        if self.aliases.is_empty() || self.language() == Language::Bash {
            return None;
        }
        let mut words = vec![word.to_string()];
        let mut seen: Vec<String> = Vec::new();
        // An alias may begin with another one, but not with itself.
        while let Some(first) = words.first().filter(|first| !seen.contains(first)).cloned()
            && let Some(alias) = self.aliases.get(&first).filter(|alias| alias.line < self.line).cloned()
        {
            if alias.text.contains(|c: char| !c.is_ascii_alphanumeric() && !" \t_-./=:,+@%".contains(c)) {
                self.gap("unmodelled-shell", "alias");
                return None;
            }
            seen.push(first);
            let rest = words.split_off(1);
            words = alias.text.split_whitespace().map(str::to_string).chain(rest).collect();
        }
        (!seen.is_empty()).then_some(words)
    }
}
