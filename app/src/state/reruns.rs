//! What an engine would build anew after the last edit. Each edit counts as a build.

use super::model::Model;
use stageplay_core::build::{Built, Rerun};
use stageplay_core::engine::Builder;

/// A step that an engine's cache knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reran {
    /// 1-based line of the Dockerfile.
    pub line: usize,
    /// The instruction.
    pub text: String,
    /// Why it runs anew; `None` if it comes from the cache.
    pub why: Option<Rerun>,
}

impl Model {
    /// Takes over what the last build says. A build of what was built already leaves what is shown.
    pub(super) fn note_reruns(&mut self, built: &Built) {
        let is_kept =
            |keyword: &str| self.builder == Builder::Classic || matches!(keyword, "RUN" | "COPY" | "ADD" | "WORKDIR");
        let steps = built.steps.iter().filter(|step| !step.failed && step.keyword != "FROM" && is_kept(&step.keyword));
        let rows: Vec<Reran> =
            steps.map(|step| Reran { line: step.line, text: step.text.clone(), why: step.rerun.clone() }).collect();
        let is_first = rows.iter().all(|row| row.why.as_ref().is_some_and(Rerun::is_first));
        let same = |(one, two): (&Reran, &Reran)| one.text == two.text;
        let is_shown = rows.len() == self.reruns.len() && rows.iter().zip(&self.reruns).all(same);
        if is_first {
            self.reruns.clear();
        } else if rows.iter().any(|row| row.why.is_some()) || !is_shown {
            self.reruns = rows;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Msg;
    use stageplay_core::words::Language;

    #[test]
    fn an_edit_says_what_runs_anew_and_why() {
        let mut model = Model::new(Language::English, None);
        assert!(model.reruns.is_empty(), "nothing was built before: {:?}", model.reruns);
        let text = model.text("main.go").unwrap();
        model.update(Msg::Edited("main.go".into(), text.replace("listening", "waiting")));
        let why = |model: &Model| -> Vec<Option<&'static str>> {
            model.reruns.iter().map(|row| row.why.as_ref().map(|why| why.why)).collect()
        };
        let after = [None, Some("rerun.files"), Some("rerun.parent"), Some("rerun.files")];
        assert_eq!(why(&model), after, "{:?}", model.reruns);
        assert_eq!(model.reruns[1].why.as_ref().unwrap().what, "main.go");
        // The same again changes nothing of what is shown.
        model.simulate();
        assert_eq!(why(&model), after);
    }
}
