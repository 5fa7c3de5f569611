//! Fixes for what is started: another path, another form, another user, something at all.

use super::{Candidate, Case};
use crate::dockerfile::{Command, Kind};
use crate::fs;
use crate::text::TextEdit;

impl Case<'_> {
    /// `ENTRYPOINT /app` without a shell in the image: `ENTRYPOINT ["/app"]`.
    pub(super) fn exec_form(&self, path: &str) -> Option<Candidate> {
        let starter = self.starter()?;
        let (Kind::Entrypoint(Command::Shell(text)) | Kind::Cmd(Command::Shell(text))) = &starter.kind else {
            return None;
        };
        if !path.ends_with("sh") || text.contains(['$', '&', '|', ';', '"', '\'']) {
            return None;
        }
        let words: Vec<String> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
        let insert = format!("{} [{}]", starter.keyword, words.join(", "));
        Some(Candidate {
            id: "exec-form",
            params: vec![],
            edits: vec![TextEdit { span: starter.span.clone(), insert }],
        })
    }

    pub(super) fn right_path(&self, path: &str) -> Vec<Candidate> {
        let Some(starter) = self.starter() else {
            return Vec::new();
        };
        let name = fs::path::file_name(path);
        let mut places = self.own_programs();
        places.retain(|place| place != path);
        // The same name elsewhere first, what lies below it, then anything else that can run.
        let below = format!("{path}/");
        places.sort_by_key(|place| (fs::path::file_name(place) != name, !place.starts_with(&below)));
        places
            .into_iter()
            .take(3)
            .filter_map(|place| {
                let edit = self.edit(starter, path, &place)?;
                Some(Candidate { id: "right-path", params: vec![("path", place)], edits: vec![edit] })
            })
            .collect()
    }

    pub(super) fn add_cmd(&self) -> Vec<Candidate> {
        let end = self.request.dockerfile.trim_end().len();
        let shell = self.image.tree.stat("/", "/bin/sh").is_ok().then(|| "/bin/sh".to_string());
        self.own_programs()
            .into_iter()
            .take(3)
            .chain(shell)
            .map(|place| {
                let edit = TextEdit { span: end..end, insert: format!("\nCMD [{place:?}]") };
                Candidate { id: "add-cmd", params: vec![("path", place)], edits: vec![edit] }
            })
            .collect()
    }
    /// `ENTRYPOINT ["/run.sh"]`: `ENTRYPOINT ["/bin/sh", "/run.sh"]`.
    pub(super) fn through_shell(&self, path: &str) -> Option<Candidate> {
        let starter = self.starter()?;
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

    /// A user of that name, or one without a name.
    pub(super) fn user(&self, user: &str) -> Vec<Candidate> {
        let Some(stage) = self.target() else { return Vec::new() };
        let is_user = |kind: &Kind| matches!(kind, Kind::User(name) if name.split(':').next() == Some(user));
        let Some(instruction) = stage.instructions.iter().rev().find(|one| is_user(&one.kind)) else {
            return Vec::new();
        };
        let named = || vec![("user", user.to_string())];
        let mut all: Vec<Candidate> = [format!("RUN adduser -D {user}"), format!("RUN useradd {user}")]
            .iter()
            .map(|line| Candidate::new("add-user", named(), vec![self.before(instruction, line)]))
            .collect();
        let edit = self.edit(instruction, instruction.arguments.trim(), "65532:65532");
        all.extend(edit.map(|edit| Candidate::new("user-number", named(), vec![edit])));
        all
    }
}
