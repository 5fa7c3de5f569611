//! `set`: options and positional parameters.

use super::export_readonly::refuse;
use crate::image::os_field;
use crate::shell::Shell;
use crate::shell::language::Language;
use crate::shell::set_options::SetOptions;

type OptionField = fn(&mut SetOptions) -> &mut bool;

/// The options that change what a script does: letter, name, field.
const MODELLED_OPTIONS: [(char, &str, OptionField); 9] = [
    ('a', "allexport", |options| &mut options.allexport),
    ('e', "errexit", |options| &mut options.errexit),
    ('f', "noglob", |options| &mut options.noglob),
    ('n', "noexec", |options| &mut options.noexec),
    ('u', "nounset", |options| &mut options.nounset),
    ('x', "xtrace", |options| &mut options.xtrace),
    ('E', "errtrace", |options| &mut options.errtrace),
    ('C', "noclobber", |options| &mut options.noclobber),
    (' ', "pipefail", |options| &mut options.pipefail),
];

/// Options of interactive shells.
const INTERACTIVE_OPTIONS: [&str; 6] = ["monitor", "emacs", "vi", "notify", "ignoreeof", "posix"];

/// All options that `set -o` lists, in the order of each shell.
const DASH_OPTIONS: [&str; 17] = [
    "errexit",
    "noglob",
    "ignoreeof",
    "interactive",
    "monitor",
    "noexec",
    "stdin",
    "xtrace",
    "verbose",
    "vi",
    "emacs",
    "noclobber",
    "allexport",
    "notify",
    "nounset",
    "privileged",
    "nolog",
];
const ASH_OPTIONS: [&str; 13] = [
    "errexit",
    "noglob",
    "ignoreeof",
    "monitor",
    "noexec",
    "xtrace",
    "verbose",
    "noclobber",
    "allexport",
    "notify",
    "nounset",
    "vi",
    "pipefail",
];
const BASH_OPTIONS: [&str; 27] = [
    "allexport",
    "braceexpand",
    "emacs",
    "errexit",
    "errtrace",
    "functrace",
    "hashall",
    "histexpand",
    "history",
    "ignoreeof",
    "interactive-comments",
    "keyword",
    "monitor",
    "noclobber",
    "noexec",
    "noglob",
    "nolog",
    "notify",
    "nounset",
    "onecmd",
    "physical",
    "pipefail",
    "posix",
    "privileged",
    "verbose",
    "vi",
    "xtrace",
];

fn named(name: &str) -> Option<OptionField> {
    MODELLED_OPTIONS.iter().find(|(_, known, _)| *known == name).map(|(_, _, switch)| *switch)
}

pub(crate) fn set(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        let on = word.starts_with('-');
        if word == "--" {
            shell.positional = words.by_ref().cloned().collect();
            break;
        }
        let Some(letters) = word.strip_prefix(['-', '+']) else {
            shell.positional = std::iter::once(word).chain(words.by_ref()).cloned().collect();
            break;
        };
        for letter in letters.chars() {
            let switch = MODELLED_OPTIONS.iter().find(|(known, ..)| *known == letter).map(|(_, _, switch)| *switch);
            match (letter, switch) {
                (_, Some(switch)) => *switch(&mut shell.options) = on,
                ('o', _) => match words.next().map(String::as_str) {
                    None => list(shell, on),
                    Some("pipefail") if shell.language() == Language::Dash && lacks_pipefail(shell) => {
                        let prefix = shell.builtin_prefix("set");
                        return refuse(shell, format!("{prefix}: Illegal option -o pipefail"));
                    }
                    Some(name) => match named(name) {
                        Some(switch) => *switch(&mut shell.options) = on,
                        None if INTERACTIVE_OPTIONS.contains(&name) => {}
                        None => shell.gap("unmodelled-shell", format!("set -o {name}")),
                    },
                },
                ('v', _) => shell.gap("unmodelled-shell", format!("set -{letter}")),
                _ => {}
            }
        }
    }
    0
}

/// Lists the options: as a table (`set -o`), or as commands (`set +o`).
fn list(shell: &mut Shell, table: bool) {
    let names: &[&str] = match shell.language() {
        Language::Dash => &DASH_OPTIONS,
        Language::Ash => &ASH_OPTIONS,
        Language::Bash => &BASH_OPTIONS,
    };
    let bash = shell.language() == Language::Bash;
    let mut text = String::new();
    if table && !bash {
        text.push_str("Current option settings\n");
    }
    for name in names {
        let always = ["braceexpand", "hashall", "interactive-comments"].contains(name);
        let on = named(name).map_or(always, |switch| *switch(&mut shell.options));
        let state = if on { "on" } else { "off" };
        text.push_str(&match (table, bash) {
            (true, true) => format!("{name:<15}\t{state}\n"),
            (true, false) => format!("{name:<16}{state}\n"),
            (false, _) => format!("set {}o {name}\n", if on { '-' } else { '+' }),
        });
    }
    shell.out(text);
}

impl Shell {
    /// The value of `$-`. It has no `c` for a script in a file.
    pub(crate) fn option_letters(&self) -> String {
        let given = if self.from_file { "" } else { "c" };
        let order = match self.language() {
            Language::Dash => "uaCxnfe".to_string(),
            Language::Ash => format!("uaCx{given}nfe"),
            Language::Bash => format!("aefhnuxBC{given}"),
        };
        let mut options = self.options;
        let mut is_on = |letter: char| match MODELLED_OPTIONS.iter().find(|(known, ..)| *known == letter) {
            Some((_, _, switch)) => *switch(&mut options),
            None => true,
        };
        order.chars().filter(|letter| is_on(*letter)).collect()
    }
}

/// Whether the root's dash has no `pipefail`. Debian's has it since 13, Ubuntu's since 25.04 (dash 0.5.12-12 was asked, and
/// 0.5.12-2 of Debian 12).
fn lacks_pipefail(shell: &Shell) -> bool {
    let Ok(Some(text)) = shell.read("/etc/os-release") else { return !shell.fs.may_hide("/", "/etc/os-release") };
    let text = String::from_utf8_lossy(&text);
    let release = os_field(&text, "VERSION_ID").and_then(|version| version.parse::<f32>().ok());
    match os_field(&text, "ID").as_deref() {
        Some("debian") => release.is_some_and(|release| release < 13.0),
        Some("ubuntu") => release.is_some_and(|release| release < 25.0),
        _ => true,
    }
}
