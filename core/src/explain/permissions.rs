//! Fixes for a program that may not be executed: its mode and its owner.

use super::{Candidate, FixContext};
use crate::engine::Builder;
use crate::text::TextEdit;

impl FixContext<'_> {
    /// Makes the program executable.
    pub(super) fn chmod(&self, path: &str) -> Vec<Candidate> {
        let Some(copy) = self.copy_of(path) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        if self.request.builder == Builder::Buildkit {
            let keyword = copy.keyword.clone();
            let edit = self.edit(copy, &keyword, &format!("{keyword} --chmod=755"));
            all.extend(edit.map(|edit| Candidate { id: "chmod-copy", params: vec![], edits: vec![edit] }));
        }
        let end = copy.span.end;
        let edit = TextEdit { span: end..end, insert: format!("\nRUN chmod +x {path}") };
        all.push(Candidate { id: "chmod-run", params: vec![], edits: vec![edit] });
        all
    }

    /// Makes the user who starts the program its owner.
    pub(super) fn chown(&self, path: &str) -> Option<Candidate> {
        let user = self.image.config.user.split(':').next().filter(|user| !user.is_empty())?;
        let copy = self.copy_of(path).filter(|copy| copy.flag("chown").is_none())?;
        let keyword = copy.keyword.clone();
        let edit = self.edit(copy, &keyword, &format!("{keyword} --chown={user}"))?;
        Some(Candidate::new("chown-copy", vec![("user", user.to_string())], vec![edit]))
    }
}
