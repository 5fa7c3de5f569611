//! Fixes for a USER that does not exist in the image.

use super::{Candidate, FixContext};
use crate::dockerfile::Kind;

impl FixContext<'_> {
    /// Adds a user of that name, or uses a numeric user id.
    pub(super) fn add_user(&self, user: &str) -> Vec<Candidate> {
        let Some(stage) = self.target() else { return Vec::new() };
        let is_user = |kind: &Kind| matches!(kind, Kind::User(name) if name.split(':').next() == Some(user));
        let Some(instruction) = stage.instructions.iter().rev().find(|one| is_user(&one.kind)) else {
            return Vec::new();
        };
        let named = || vec![("user", user.to_string())];
        let mut all: Vec<Candidate> = [format!("RUN adduser -D {user}"), format!("RUN useradd {user}")]
            .iter()
            .map(|line| Candidate::new("add-user", named(), vec![self.line_before(instruction, line)]))
            .collect();
        let edit = self.edit(instruction, instruction.arguments.trim(), "65532:65532");
        all.extend(edit.map(|edit| Candidate::new("user-number", named(), vec![edit])));
        all
    }
}
