//! Fixes for a script whose interpreter does not start: line ends, the `#!` line, or a shell in front of the script.

use super::{Candidate, FixContext};
use crate::dockerfile::{Command, Kind};
use crate::fs;

impl FixContext<'_> {
    /// Removes the carriage return at the end of each line.
    pub(super) fn strip_carriage_returns(&self, path: &str) -> Option<Candidate> {
        self.edit_with_sed("strip-cr", "s/\\r$//", path)
    }

    /// Changes a file with sed after the COPY that copies it.
    fn edit_with_sed(&self, id: &'static str, script: &str, path: &str) -> Option<Candidate> {
        let copy = self.copy_of(path)?;
        let edit = self.line_behind(copy, &format!("RUN sed -i '{script}' {path}"));
        Some(Candidate::new(id, vec![("path", path.to_string())], vec![edit]))
    }

    /// Runs a shell script with `/bin/sh`, by its `#!` line or by the start command.
    pub(super) fn use_sh(&self, path: &str, interpreter: &str) -> Vec<Candidate> {
        // `#!/usr/bin/env bash` names the shell as the last word.
        let last = interpreter.split_whitespace().last().unwrap_or("");
        let name = fs::path::file_name(last).trim_end_matches('\r');
        if !["sh", "bash", "dash", "ash", "ksh", "zsh"].contains(&name) {
            return Vec::new();
        }
        self.edit_with_sed("shebang-sh", "1s|.*|#!/bin/sh|", path).into_iter().chain(self.start_with_sh(path)).collect()
    }

    /// Adds a `#!` line to a text file without one.
    pub(super) fn add_shebang(&self, path: &str) -> Vec<Candidate> {
        let (_, node) = match self.image.tree.stat("/", path) {
            Ok(found) => found,
            Err(_) => return Vec::new(),
        };
        let head = node.content().map(|content| content.head().to_vec()).unwrap_or_default();
        if std::str::from_utf8(&head).is_err() || head.contains(&0) {
            return Vec::new();
        }
        self.edit_with_sed("add-shebang", "1i #!/bin/sh", path).into_iter().chain(self.start_with_sh(path)).collect()
    }

    /// `ENTRYPOINT ["/bin/sh", "/run.sh"]` instead of `ENTRYPOINT ["/run.sh"]`.
    pub(super) fn start_with_sh(&self, path: &str) -> Option<Candidate> {
        let starter = self.start_instruction()?;
        let (Kind::Entrypoint(command) | Kind::Cmd(command)) = &starter.kind else { return None };
        let edit = match command {
            Command::Exec(words) => {
                let first = words.first()?;
                let written = format!("\"{first}\"");
                self.edit(starter, &written, &format!("\"/bin/sh\", {:?}", path))?
            }
            Command::Shell(text) => self.edit(starter, text, &format!("/bin/sh {text}"))?,
        };
        Some(Candidate::new("through-shell", vec![("path", path.to_string())], vec![edit]))
    }
}
