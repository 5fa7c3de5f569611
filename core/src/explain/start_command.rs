//! Fixes of the start command: the exec form, another path, or a CMD where none is set.

use super::{Candidate, FixContext};
use crate::dockerfile::{Command, Kind};
use crate::fs;
use crate::text::TextEdit;

impl FixContext<'_> {
    /// `ENTRYPOINT ["/app"]` instead of `ENTRYPOINT /app`, for an image without a shell.
    pub(super) fn use_exec_form(&self, path: &str) -> Option<Candidate> {
        let starter = self.start_instruction()?;
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

    /// Starts another program that this build has put into the image.
    pub(super) fn other_path(&self, path: &str) -> Vec<Candidate> {
        let Some(starter) = self.start_instruction() else {
            return Vec::new();
        };
        let name = fs::path::file_name(path);
        let mut places = self.own_programs();
        places.retain(|place| place != path);
        // A program of the same name comes first, then one below the path, then any other program.
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

    /// Adds a CMD.
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
}
