//! Fixes of the start command: the exec form, another path, or a CMD where none is set.

use super::{Candidate, FixContext};
use crate::dockerfile::{Command, Instruction, Kind};
use crate::fs::{self, EntryKind};
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

    /// Names a file of the same name that this build has put elsewhere in the image as an interpreter's main file.
    pub(super) fn other_main_file(&self, path: &str) -> Vec<Candidate> {
        let Some(starter) = self.start_with(path) else { return Vec::new() };
        let name = fs::path::file_name(path);
        let written = self.image.layers.iter().flat_map(|layer| &layer.entries);
        let mut places: Vec<String> = written
            .filter(|entry| entry.kind == EntryKind::File && fs::path::file_name(&entry.path) == name)
            .filter(|entry| *entry.path != *path && self.image.tree.get(&entry.path).is_some())
            .map(|entry| entry.path.to_string())
            .collect();
        places.sort();
        places.dedup();
        let (starter, written) = starter;
        places
            .into_iter()
            .take(3)
            .filter_map(|place| {
                let edit = self.edit(starter, &written, &place)?;
                Some(Candidate { id: "right-path", params: vec![("path", place)], edits: vec![edit] })
            })
            .collect()
    }

    /// The instruction of the start command that names a file, and how it names it: in full or from the working
    /// directory on.
    fn start_with(&self, path: &str) -> Option<(&Instruction, String)> {
        let directory = self.image.config.directory();
        let relative = path.strip_prefix(directory.trim_end_matches('/')).map(|rest| rest.trim_start_matches('/'));
        let instructions = &self.target()?.instructions;
        let mut starters = instructions
            .iter()
            .rev()
            .filter(|instruction| matches!(instruction.kind, Kind::Entrypoint(_) | Kind::Cmd(_)));
        starters.find_map(|instruction| {
            let text = self.text(instruction);
            let dotted = relative.map(|relative| format!("./{relative}"));
            let ways = [Some(path.to_string()), dotted, relative.map(str::to_string)];
            let way = ways.into_iter().flatten().find(|way| !way.is_empty() && text.contains(way.as_str()))?;
            Some((instruction, way))
        })
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
