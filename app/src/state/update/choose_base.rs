//! Taking another base image: the FROM instruction into which it is written.

use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::workspaces::StepKind;
use stageplay_dockerfile::text::{TextEdit, apply_edits};
use stageplay_protocol::{EdgeKind, GraphEdge};

impl Model {
    /// Writes a base image into the FROM instruction that the built image starts from.
    pub(super) fn take_base(&mut self, image: &str) -> Vec<Effect> {
        match self.with_base(image) {
            Some(text) => self.replace_dockerfile(text, StepKind::Fix),
            None => Vec::new(),
        }
    }

    /// The Dockerfile with another base image for the built image: where the base is an earlier stage, that of the
    /// stage at the bottom. `None` for a FROM that goes on in another line.
    fn with_base(&self, image: &str) -> Option<String> {
        let text = self.dockerfile_text();
        let graph = self.outcome.as_ref().filter(|_| self.is_outcome_current())?.graph.as_ref()?;
        let mut at = graph.target;
        // A base is an earlier stage, so this ends.
        let line = loop {
            let is_base = |edge: &&GraphEdge| edge.kind == EdgeKind::From && edge.to == at;
            let edge = graph.edges.iter().find(is_base)?;
            if graph.nodes.get(edge.from)?.image.is_some() {
                break edge.line;
            }
            at = edge.from;
        };
        let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let words = text.get(start..)?.lines().next()?;
        let (from, to) = image_word(words)?;
        let edit = TextEdit { span: start + from..start + to, insert: image.to_string() };
        apply_edits(text, &[edit])
    }
}

/// The bytes of the image in a FROM instruction: the first word behind the keyword that is no flag.
fn image_word(line: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    let mut words = line.split_inclusive(char::is_whitespace).map(|word| {
        let start = at;
        at += word.len();
        (start, word.trim_end())
    });
    let keyword = words.find(|(_, word)| !word.is_empty())?;
    let (start, word) = words.find(|(_, word)| !word.is_empty() && !word.starts_with("--"))?;
    (keyword.1.eq_ignore_ascii_case("FROM") && word != "\\").then_some((start, start + word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_of_a_from_is_found_behind_its_flags() {
        let image = |line: &str| image_word(line).map(|(from, to)| line[from..to].to_string());
        assert_eq!(image("FROM alpine AS x").as_deref(), Some("alpine"));
        assert_eq!(image("  from  --platform=$P  a/b:c").as_deref(), Some("a/b:c"));
        assert_eq!((image("FROM \\"), image("FROM"), image("")), (None, None, None));
    }
}
