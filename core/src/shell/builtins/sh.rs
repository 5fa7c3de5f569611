//! `sh`, `bash`, `dash` and `ash`: shells that a script starts.

use crate::fs::path;
use crate::shell::Shell;
use crate::shell::language::Language;

/// `sh -c script`, `sh file`.
pub(crate) fn sh(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.first().cloned().unwrap_or_default();
    let mut words = argv.iter().skip(1).peekable();
    let mut flags = Vec::new();
    let (mut is_script, mut from_input, mut is_ended) = (false, false, false);
    while let Some(word) = words.next_if(|word| word.len() > 1 && word.starts_with(['-', '+'])) {
        if word == "--" {
            is_ended = true;
            break;
        }
        if word.starts_with("--") {
            // `--login` and `--posix`: nothing that a build shows.
            continue;
        }
        is_script |= word.contains('c');
        from_input |= word.contains('s');
        let plain: String = word.chars().skip(1).filter(|c| !"clis".contains(*c)).collect();
        if !plain.is_empty() {
            flags.push(format!("{}{plain}", word.get(..1).unwrap_or("-")));
        }
        if plain.contains(['o', 'O']) {
            flags.extend(words.next().cloned());
        }
    }
    // A dash alone ends the options, too (bash(1); dash and busybox asked).
    words.next_if(|word| !is_ended && *word == "-");
    let language = shell.language_of(&name);
    let mut script = None;
    let mut zero = name.clone();
    if is_script {
        script = Some(words.next().cloned().unwrap_or_default());
        zero = words.next().cloned().unwrap_or(zero);
    } else if let Some(place) = words.next_if(|_| !from_input).cloned() {
        return match shell.read(&place) {
            Ok(_) => {
                let options = flags.iter().filter(|flag| flag.starts_with('-')).cloned();
                let argv: Vec<String> =
                    std::iter::once(name).chain(options).chain([place.clone()]).chain(words.cloned()).collect();
                shell.run_file(&place, &argv)
            }
            Err(_) if shell.fs.may_hide(&shell.cwd, &place) => {
                shell.gap("unlisted-file", place);
                0
            }
            Err(_) => {
                // Bash has 127 for it, and 1 where errors end it (5.2 asked).
                let ends_on_error = flags.iter().any(|flag| flag.starts_with('-') && flag.contains('e'));
                let (words, status) = match language {
                    Some(Language::Bash) => {
                        (format!("{name}: {place}: No such file or directory\n"), if ends_on_error { 1 } else { 127 })
                    }
                    Some(Language::Ash) => (format!("{name}: can't open '{place}': No such file or directory\n"), 2),
                    _ => (format!("{name}: 0: cannot open {place}: No such file\n"), 2),
                };
                shell.err(words);
                shell.fails_without_main_file(path::file_name(&name), path::join(&shell.cwd, &place), status)
            }
        };
    }
    if script.is_none() && shell.opens_at_terminal(&name) {
        return 0;
    }
    // A shell without a terminal reads its script from standard input.
    let script = script.unwrap_or_else(|| String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned());
    let old_name = std::mem::replace(&mut shell.name, zero);
    let old_language = std::mem::replace(&mut shell.language, language);
    let words: Vec<String> = words.cloned().collect();
    let status = shell.reading(false, |shell| {
        shell.nested(words, |shell| {
            shell.become_process();
            let words: Vec<String> = ["set".to_string()].into_iter().chain(flags).collect();
            if words.len() > 1 {
                let code = crate::shell::builtins::set::set(shell, &words);
                if code != 0 {
                    return code;
                }
            }
            shell.run_script(&script)
        })
    });
    (shell.name, shell.language) = (old_name, old_language);
    status
}
