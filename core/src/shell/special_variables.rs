//! The variables that a shell sets itself: `RANDOM`, `SECONDS`, `UID`, `BASH_VERSION`, `SHLVL`, `OSTYPE`, and the PATH
//! that it has if nobody set one.

use super::Shell;
use super::language::Language;
use super::set_options::SetOptions;

impl Shell {
    /// The value of a variable that the shell itself provides, such as RANDOM, if nothing else set it.
    pub(super) fn own_value(&mut self, name: &str) -> Option<String> {
        let (bash, ash) = (self.language() == Language::Bash, self.language() == Language::Ash);
        Some(match name {
            "LINENO" => self.line.to_string(),
            "PPID" => "0".into(),
            // By chance: one of five digits, as most are.
            "RANDOM" if bash || ash => {
                self.gap("unknown-output", "$RANDOM");
                "12345".into()
            }
            "SRANDOM" | "BASHPID" if bash => {
                self.gap("unknown-output", format!("${name}"));
                "1234567890".into()
            }
            "EPOCHSECONDS" if bash || ash => {
                self.gap("no-clock", "$EPOCHSECONDS");
                "0".into()
            }
            // Its first element, by which scripts ask for what the shell can do.
            "BASH_VERSINFO" if bash => "5".into(),
            "SECONDS" if bash => "0".into(),
            "UID" | "EUID" if bash => self.user.uid.to_string(),
            "HOSTTYPE" if bash => "x86_64".into(),
            "OSTYPE" if bash => "linux-gnu".into(),
            "MACHTYPE" if bash => "x86_64-pc-linux-gnu".into(),
            _ => return None,
        })
    }

    /// Resets the shell's state to that of a new process: only exported variables stay.
    pub(crate) fn become_process(&mut self) {
        self.in_subshell = false;
        self.vars.retain(|_, variable| variable.exported);
        self.vars.values_mut().for_each(|variable| variable.readonly = false);
        self.functions.clear();
        self.aliases.clear();
        self.options = SetOptions::default();
        self.ignoring_failures = 0;
        self.set_initial_variables();
        if self.language() == Language::Bash {
            // Scripts only ask whether it is set.
            self.set_var("BASH_VERSION", "5".into(), false);
        }
        if self.language() != Language::Dash {
            let level = self.var("SHLVL").and_then(|level| level.parse::<u32>().ok()).unwrap_or(0);
            self.set_var("SHLVL", level.saturating_add(1).to_string(), true);
        }
    }

    /// Sets the variables that every shell sets when it starts.
    pub(crate) fn set_initial_variables(&mut self) {
        self.vars.remove("IFS");
        self.set_var("IFS", " \t\n".into(), false);
        self.set_var("OPTIND", "1".into(), false);
        let here = self.cwd.clone();
        self.set_var("PWD", here, true);
        if self.var("PATH").is_none() {
            let usual = match self.language() {
                Language::Ash => "/sbin:/usr/sbin:/bin:/usr/bin",
                _ => crate::image::DEFAULT_PATH,
            };
            self.set_var("PATH", usual.into(), false);
        }
    }
}
