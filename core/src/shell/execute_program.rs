//! Runs one command with its expanded words: a builtin, host command, program or script.

use super::language::Language;
use super::limits::{MAX_RECORDED, STEPS_OF_COMMAND, STEPS_OF_FILE, STEPS_OF_PROGRAM};
use super::{Behaviour, Shell};
use crate::exec::{self, Verdict};
use crate::fs::{Content, Doubt, path};
use crate::image::os_field;

/// Commands that change no files, whatever they are told.
const SEES_ONLY_WORDS: [&str; 8] = ["cd", "echo", "printf", "test", "[", "export", "set", "unset"];

impl Shell {
    /// Finds a command in PATH: its path, and whether one may exist that is not listed.
    pub(crate) fn which(&self, name: &str) -> (Option<String>, bool) {
        let search = self.var("PATH").unwrap_or(crate::image::DEFAULT_PATH).to_string();
        let mut hidden = false;
        let mut forbidden = None;
        for dir in search.split(':').filter(|dir| !dir.is_empty()) {
            let candidate = format!("{}/{name}", dir.trim_end_matches('/'));
            match self.fs.stat(&self.cwd, &candidate) {
                Ok((_, node)) if !node.is_dir() && self.user.may(node, 1) => {
                    return (Some(candidate), false);
                }
                Ok((_, node)) if !node.is_dir() => forbidden = forbidden.or(Some(candidate)),
                _ => hidden |= self.fs.may_hide(&self.cwd, &candidate),
            }
        }
        (forbidden, hidden)
    }

    /// Runs one command with its words expanded: builtin, host command or program.
    pub(crate) fn call(&mut self, argv: &[String]) -> i32 {
        let Some(name) = argv.first().cloned() else {
            return 0;
        };
        self.effort.spend(argv.iter().map(String::len).sum::<usize>() + STEPS_OF_COMMAND);
        if self.steps_left == 0 || self.effort.is_over() {
            self.gap("too-many-steps", "");
            return 0;
        }
        if name.is_empty() {
            // An empty word is no command; it may stand for an output that is not known.
            return self.not_found("");
        }
        self.steps_left -= 1;
        if self.is_input_incomplete {
            self.mark_output_incomplete();
        }
        if self.called.len() < MAX_RECORDED {
            self.called.push(argv.to_vec());
        }
        if !SEES_ONLY_WORDS.contains(&name.as_str()) {
            argv.iter().skip(1).for_each(|word| self.note_settings(word));
        }
        if let Some(builtin) = self.builtin(&name) {
            return builtin(self, argv);
        }
        if let Some(mut host) = self.host.take() {
            let answer = host.call(self, argv);
            self.host = Some(host);
            if let Some(status) = answer {
                return status;
            }
        }
        if self.has_builtin(&name) {
            self.gap("unmodelled-shell", name);
            return 0;
        }
        let place = if name.contains('/') {
            name.clone()
        } else {
            match self.which(&name) {
                (Some(place), _) => place,
                (None, true) => return self.call_unlisted(name, argv),
                (None, false) => return self.not_found(&name),
            }
        };
        self.execute(&place, argv)
    }

    /// Runs a program that may be in the image unlisted. A program that has a model is assumed to exist.
    fn call_unlisted(&mut self, name: String, argv: &[String]) -> i32 {
        if self.is_foreign_package_manager(&name) {
            return self.not_found(&name);
        }
        match self.program(&name) {
            Some(model) => {
                self.gap("unlisted-program", name);
                self.run_model(model, argv)
            }
            None if is_question(argv) => {
                self.gap("unknown-output", argv.join(" "));
                0
            }
            None => self.call_unmodelled(name, argv),
        }
    }

    /// Whether a program is the package manager of another distribution than the image's, which no step installed.
    fn is_foreign_package_manager(&self, name: &str) -> bool {
        const DEBIAN: [&str; 2] = ["debian", "ubuntu"];
        let own: &[&str] = match name {
            "apk" => &["alpine", "wolfi", "chainguard"],
            "apt" | "apt-get" => &DEBIAN,
            "yum" | "dnf" | "microdnf" | "tdnf" => {
                &["fedora", "rhel", "centos", "rocky", "almalinux", "amzn", "ol", "azurelinux", "mariner"]
            }
            _ => return false,
        };
        let Ok(Some(text)) = self.read("/etc/os-release") else { return false };
        let id = os_field(&String::from_utf8_lossy(&text), "ID").unwrap_or_default();
        (DEBIAN.contains(&&*id) || id == "alpine") && !own.contains(&&*id) && self.fs.doubt() == Doubt::None
    }

    /// Runs a program without a model.
    fn call_unmodelled(&mut self, name: impl Into<String>, argv: &[String]) -> i32 {
        let programs = self.programs;
        if !programs.estimate(self, argv) {
            self.gap("unmodelled-command", name);
        }
        0
    }

    /// Executes a file: asks kernel and loader, then the program's behaviour or its model.
    fn execute(&mut self, place: &str, argv: &[String]) -> i32 {
        /// Where distributions keep their programs.
        const SYSTEM: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
        // Programs read their input, and some look at every file.
        self.effort.spend(STEPS_OF_PROGRAM + 8 * self.stdin.len() + self.fs.len());
        let before = self.fs.len();
        let status = self.execute_within(place, argv, &SYSTEM);
        self.effort.spend(STEPS_OF_FILE * self.fs.len().saturating_sub(before));
        status
    }

    fn execute_within(&mut self, place: &str, argv: &[String], system: &[&str]) -> i32 {
        let env = self.environment();
        let outcome = exec::execve(&self.fs, &self.cwd, place, argv, &env, &self.user, self.machine);
        match outcome.verdict {
            Verdict::Unknown => {
                let known = self.program(path::file_name(argv.first().map_or("", String::as_str)));
                // The file is there; only its loading is not listed in full.
                if let (Some(model), Ok(_)) = (known, self.fs.stat(&self.cwd, place)) {
                    return self.run_model(model, argv);
                }
                if !is_question(argv) {
                    return self.call_unmodelled(argv.first().cloned().unwrap_or_default(), argv);
                }
                self.gap("unknown-output", argv.join(" "));
                return 0;
            }
            // busybox' shell reads each file that the kernel does not execute, also a binary one.
            Verdict::Fails
                if outcome.errno == Some(crate::fs::Errno::Enoexec)
                    && self.language() == Language::Ash
                    && !self.is_text(place) =>
            {
                self.note_failure();
                self.refused = Some(Box::new(outcome));
                return self.read_binary(place);
            }
            Verdict::Fails if outcome.errno == Some(crate::fs::Errno::Enoexec) && self.is_text(place) => {
                // A script that does not name its interpreter: the shell reads it (POSIX, 2.9.1.4).
                let shell = if self.language() == Language::Bash { "bash" } else { "sh" };
                let words: Vec<String> =
                    [shell, place].iter().map(ToString::to_string).chain(argv.iter().skip(1).cloned()).collect();
                return self.run_file(place, &words);
            }
            Verdict::Fails => {
                let status = self.start_failed(place, &outcome);
                self.note_failure();
                self.refused = Some(Box::new(outcome));
                return status;
            }
            Verdict::Starts => {}
        }
        if let Some(behaviour) = Behaviour::of(&outcome) {
            self.out(&behaviour.stdout);
            if behaviour.serves && self.host.is_none() {
                self.gap("never-ends", place);
            }
            if !behaviour.known {
                self.gap("unmodelled-program", place);
            }
            return behaviour.exit_code;
        }
        let asked = path::file_name(argv.first().map_or("", String::as_str));
        let program = path::file_name(&outcome.program).to_string();
        if argv != outcome.argv {
            // A script: its interpreter runs it. A system's own is modelled as a whole: `ldd` is one of
            // bash's, Debian's `adduser` one of Perl's.
            // So is what a virtual environment of Python has: its pip, and what fetches a build tool to call it.
            let folder = path::parent(place);
            let environment = || self.fs.stat(&self.cwd, &format!("{}/pyvenv.cfg", path::parent(folder))).is_ok();
            let stands_for_another = ["gradlew", "mvnw"].contains(&asked);
            // A script of which only the first line is known, as those of base images are, cannot be read.
            let is_unread = || {
                let content = self.fs.stat(&self.cwd, place).ok().and_then(|(_, node)| node.content());
                content.is_some_and(|content| !content.bytes_known())
            };
            let is_whole = || system.contains(&folder) || stands_for_another || environment() || is_unread();
            if let Some(model) = self.program(asked).filter(|_| is_whole()) {
                return self.run_model(model, argv);
            }
            // Busybox is the program that it is called by: `#!/usr/bin/env python` asks for its `env`.
            let interpreter = path::file_name(outcome.argv.first().map_or("", String::as_str));
            let program = if program == "busybox" { interpreter.to_string() } else { program };
            return match program.as_str() {
                "sh" | "dash" | "bash" | "ash" | "busybox" => self.run_file(place, &outcome.argv),
                // `#!/usr/bin/env bash`, `#!/usr/bin/awk -f`: a program that gets the script as its last word.
                _ => match self.program(&program) {
                    Some(model) => self.run_model(model, &outcome.argv),
                    None => {
                        self.gap("unmodelled-command", program);
                        0
                    }
                },
            };
        }
        match self.program(asked).or_else(|| self.program(&program)) {
            Some(model) => self.run_model(model, argv),
            None if is_question(argv) => {
                self.gap("unknown-output", argv.join(" "));
                0
            }
            None => self.call_unmodelled(asked, argv),
        }
    }

    /// Whether a file may be a script: its first line has no zero byte.
    fn is_text(&self, place: &str) -> bool {
        let node = self.fs.stat(&self.cwd, place).ok().map(|(_, node)| node);
        let bytes = node.and_then(|node| node.content()?.bytes());
        bytes.is_some_and(|bytes| !is_binary(bytes))
    }

    /// Runs a script file; `argv` is the interpreter's.
    pub(crate) fn run_file(&mut self, place: &str, argv: &[String]) -> i32 {
        let Ok((_, node)) = self.fs.stat(&self.cwd, place) else {
            return self.not_found(place);
        };
        if node.content().is_some_and(|content| is_binary(content.head())) {
            return match argv.first().and_then(|program| self.language_of(program)).unwrap_or(self.language()) {
                Language::Bash => {
                    self.err(format!("{place}: {place}: cannot execute binary file\n"));
                    126
                }
                _ => self.read_binary(place),
            };
        }
        let text = node.content().and_then(Content::bytes).map(|b| String::from_utf8_lossy(b).into_owned());
        let script = self.script_of(place);
        if text.is_none() && script.is_none() {
            self.gap("unknown-content", place);
            return 0;
        }
        let at = argv.iter().position(|word| word == place).map_or(argv.len(), |at| at + 1);
        let arguments = argv.get(at..).unwrap_or(&[]).to_vec();
        let errexit =
            argv.get(1..).is_some_and(|flags| flags.iter().any(|flag| flag.starts_with('-') && flag.contains('e')));
        let language = argv.first().and_then(|program| self.language_of(program));
        let name = std::mem::replace(&mut self.name, place.to_string());
        let language = std::mem::replace(&mut self.language, language);
        let status = self.reading(true, |shell| {
            shell.nested(arguments.clone(), |shell| {
                shell.become_process();
                shell.options.errexit = errexit;
                match (&text, script) {
                    (Some(text), _) => shell.run_script(text),
                    (None, Some(script)) => shell.run_entrypoint_script(script, place, arguments),
                    (None, None) => 0,
                }
            })
        });
        (self.name, self.language) = (name, language);
        status
    }

    /// Runs another script with its own line numbers.
    pub(crate) fn reading(&mut self, from_file: bool, run: impl FnOnce(&mut Shell) -> i32) -> i32 {
        let outer = (self.line, self.line_base, self.from_file, self.interactive);
        (self.line, self.line_base, self.from_file, self.interactive) = (1, 0, from_file, false);
        let status = run(self);
        (self.line, self.line_base, self.from_file, self.interactive) = outer;
        status
    }
}

/// Whether the first line of a file has a zero byte, by which shells tell a binary file.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take_while(|byte| **byte != b'\n').any(|byte| *byte == 0)
}

/// Whether a program is only asked for its version or its help.
pub(crate) fn is_question(argv: &[String]) -> bool {
    matches!(argv, [_, flag] if ["--version", "-V", "-version", "--help", "version"].contains(&flag.as_str()))
}

/// Looks a program up in PATH: whether it is there, and whether it may be there unlisted.
pub(crate) fn find_program(shell: &Shell, name: &str) -> (bool, bool) {
    let (found, hidden) = shell.which(name);
    (found.is_some(), hidden)
}
