//! Packs that somebody writes or opens in the page: they are read, checked and played.

use super::Session;
use crate::exercise_view;
use stageplay_core::exercise::{self, Attempt, Collection, Files, Pack, PackFile, ReadPack, from_bundle, play_console};
use stageplay_core::lesson::Played;
use stageplay_core::words::say;
use stageplay_protocol::{ExerciseEvent, ProblemView};

/// A pack that is checked once the data arrived that it needs.
#[derive(Debug)]
pub(super) struct WaitingCheck {
    name: String,
    files: Files,
}

/// The packs of a file: names, and the files of their folders.
///
/// # Errors
/// What is wrong: a message id, and the value of its placeholder `{what}`.
pub(super) fn packs_of(name: &str, text: &str) -> Result<Vec<(String, Files)>, (&'static str, String)> {
    if name.to_ascii_lowercase().ends_with(".md") {
        let file = name.rsplit('/').next().unwrap_or(name);
        let stem = file.get(..file.len().saturating_sub(3)).unwrap_or(file);
        return Ok(vec![(stem.to_string(), Files::from([("en.md".to_string(), PackFile::text(text))]))]);
    }
    let (name, files) = from_bundle(text)?;
    match Collection::read(&files) {
        None => Ok(vec![(name, files)]),
        Some(Ok(collection)) => Ok(collection.packs(&files)),
        Some(Err(problem)) => {
            let what = problem.params.into_iter().find(|(key, _)| *key == "what").map(|(_, what)| what);
            Err((problem.code, what.unwrap_or_default()))
        }
    }
}

impl Session {
    /// Reads the packs of a file.
    pub(super) fn read_pack(&mut self, name: &str, text: &str) {
        let language = self.language;
        let packs = packs_of(name, text).map_err(|(code, what)| say(language, code, &[("what", what)]));
        let read = packs.map(|packs| {
            let view = |(name, files): &(String, Files)| {
                exercise_view::pack(name, files, &exercise::read(name, files, None), language)
            };
            packs.iter().map(view).collect()
        });
        self.tell_exercise(&ExerciseEvent::Read(read));
    }

    /// Checks a pack, once all data is here that its workspaces need.
    pub(super) fn check_pack(&mut self, name: String, bundle: &str) {
        match from_bundle(bundle) {
            Ok((_, files)) => {
                self.waiting_check = Some(WaitingCheck { name, files });
                self.continue_check();
            }
            Err((code, what)) => {
                let message = say(self.language, code, &[("what", what)]);
                let problem = ProblemView { file: String::new(), line: 0, column: 0, message };
                self.tell_exercise(&ExerciseEvent::Checked(vec![problem]));
            }
        }
    }

    /// Checks the pack that waits, unless it needs data that is being fetched.
    pub(super) fn continue_check(&mut self) {
        if self.image_data.loading().next().is_some() {
            return;
        }
        let Some(check) = self.waiting_check.take() else { return };
        let read = exercise::read(&check.name, &check.files, None);
        if let Some(pack) = &read.pack
            && self.lacks_data(pack)
        {
            self.waiting_check = Some(check);
            return;
        }
        let ReadPack { pack, problems } = exercise::check(&check.name, &check.files, &self.catalogue);
        let mut told: Vec<ProblemView> =
            problems.iter().map(|one| exercise_view::problem(one, self.language)).collect();
        if let Some(pack) = pack.as_ref().filter(|_| problems.is_empty()) {
            for language in &pack.languages {
                let played = play_console(pack, language, &self.catalogue);
                told.extend(played.iter().filter(|one| !one.fits).map(|one| self.misfit(language, one)));
            }
        }
        self.tell_exercise(&ExerciseEvent::Checked(told));
    }

    /// Whether data is being fetched that the workspaces of a pack need.
    fn lacks_data(&mut self, pack: &Pack) -> bool {
        let mut indexes = Vec::new();
        for files in std::iter::once(&pack.start).chain(&pack.solution).chain(pack.states.values()) {
            indexes.extend(Attempt::new(pack, files, &[], &self.catalogue).missing_indexes());
        }
        self.fetch_for_exercise(indexes)
    }

    /// A command that prints something else than its text says.
    fn misfit(&self, language: &str, played: &Played) -> ProblemView {
        let params = [("command", &played.expected.command), ("text", &played.text)];
        let message = say(self.language, "pack.prints", &params);
        ProblemView { file: format!("{language}.md"), line: played.expected.line, column: 0, message }
    }
}
