//! The one thing to do next: what the verdict offers with a button.

use super::image_suggestions::image_suggestions;
use super::message::Msg;
use super::model::Model;
use super::result_tab::ResultTab;
use stageplay_report::{FixReport, Size};

/// What the verdict offers.
#[derive(Clone, Debug)]
pub struct NextStep {
    /// What it does, in the language of the page; empty if `words` say it.
    pub title: String,
    /// The id of the words of the button.
    pub words: &'static str,
    /// The size of the image that results, if the step was simulated.
    pub size: Option<Size>,
    /// What the button does.
    pub msg: Msg,
    /// Whether the button changes the Dockerfile.
    pub is_edit: bool,
}

impl Model {
    /// The proven fixes of the failed start, or of the RUN that ends the build.
    pub fn fixes(&self) -> &[FixReport] {
        let Some(outcome) = &self.outcome else { return &[] };
        outcome.report.run.as_ref().map_or(&outcome.build_fixes, |run| &run.fixes)
    }

    /// The one thing to do next; `None` if nothing is to be done, or nothing can be offered.
    pub fn next_step(&self) -> Option<NextStep> {
        let report = &self.outcome.as_ref()?.report;
        if self.lacks_image_data() {
            return None;
        }
        if let Some(path) = self.script_with_carriage_returns() {
            let (words, msg) = ("next.line-ends", Msg::ConvertLineEnds(path.clone()));
            return Some(NextStep { title: path, words, size: None, msg, is_edit: false });
        }
        if let Some(error) = &report.error {
            let index = self.checks.iter().position(|check| check.rule == "error" && check.fix.is_some());
            if let Some((index, fix)) = index.and_then(|index| Some((index, self.checks.get(index)?.fix.as_ref()?))) {
                let msg = Msg::ApplyCheckFix(index);
                return Some(NextStep { title: fix.title.clone(), words: "apply", size: None, msg, is_edit: true });
            }
            if let Some(fix) = self.fixes().first().filter(|_| self.is_outcome_current()) {
                let (title, size) = (fix.title.clone(), Some(fix.proof.size.clone()));
                return Some(NextStep { title, words: "apply", size, msg: Msg::ApplyFix(0), is_edit: true });
            }
            let suggested = report.warnings.iter().enumerate().find_map(|(index, warning)| {
                let found = image_suggestions(self.dockerfile_text(), warning)?;
                Some((index, found.names.into_iter().next()?))
            });
            if let Some((index, name)) = suggested.filter(|_| self.is_outcome_current()) {
                let (title, msg) = (name.clone(), Msg::TakeImage(index, name));
                return Some(NextStep { title, words: "take-image", size: None, msg, is_edit: true });
            }
            if self.lesson_has_yet_to_begin() {
                let (words, msg) = ("lesson.run-all", Msg::RunRestOfLesson);
                return Some(NextStep { title: String::new(), words, size: None, msg, is_edit: false });
            }
            let is_file_missing = error.code == "copy-not-found" && !self.workspace.assume_context;
            // A file that the Dockerfile names is rather made than assumed.
            if let Some(path) =
                self.missing_sources().into_iter().next().filter(|_| is_file_missing && self.lesson.is_none())
            {
                let (words, msg) = ("assumed-files.create", Msg::CreateFile(path.clone()));
                return Some(NextStep { title: path, words, size: None, msg, is_edit: false });
            }
            return (is_file_missing && self.lesson.is_none()).then(|| NextStep {
                title: String::new(),
                words: "assumed-files.begin",
                size: None,
                msg: Msg::AssumeFiles(true),
                is_edit: false,
            });
        }
        let run = report.run.as_ref()?;
        if let Some(fix) = run.fixes.first() {
            let words = if self.shows_example() { "apply-and-see" } else { "apply" };
            let (title, size) = (fix.title.clone(), Some(fix.proof.size.clone()));
            return Some(NextStep { title, words, size, msg: Msg::ApplyFix(0), is_edit: true });
        }
        let has_check = || self.checks.iter().any(|check| check.cost.is_some() && check.fix.is_some());
        let has_large_part = self.outcome.as_ref().is_some_and(|outcome| !outcome.build_only.is_empty());
        if run.verdict == "starts" && (has_large_part || has_check()) {
            let msg = Msg::ShowResultTab(ResultTab::Checks);
            return Some(NextStep { title: String::new(), words: "next.smaller", size: None, msg, is_edit: false });
        }
        None
    }

    /// A script of the workspace with Windows line ends that the failed start or build names.
    fn script_with_carriage_returns(&self) -> Option<String> {
        let report = &self.outcome.as_ref().filter(|_| self.is_outcome_current())?.report;
        let start = report.run.as_ref().filter(|run| run.verdict == "fails");
        let told = start.and_then(|run| run.explanation.as_deref()).map(str::to_string);
        let step = || report.steps.iter().rev().find(|step| step.failed && report.error.is_some());
        let told = told.or_else(|| step().map(|step| format!("{}\n{}", step.created_by, step.output)))?;
        let is_script = |text: &str| {
            text.starts_with("#!") && text.lines().next().is_some_and(|line| text[line.len()..].starts_with("\r"))
        };
        let named = |path: &str| told.contains(path.rsplit('/').next().unwrap_or(path));
        let mut files = self.workspace.files.iter().filter(|file| file.text().is_some_and(is_script));
        files.find(|file| named(&file.path)).map(|file| file.path.clone())
    }

    /// Whether the build lacks a file which a command of the open lesson makes, as none of them was run.
    pub fn lesson_has_yet_to_begin(&self) -> bool {
        let error = self.outcome.as_ref().and_then(|outcome| outcome.report.error.as_ref());
        let begun = |lesson| !matches!(self.lesson_progress.count(lesson), (1.., 0));
        error.is_some_and(|error| error.code == "copy-not-found")
            && self.lesson.as_ref().is_some_and(|lesson| !begun(lesson))
            && !self.can_start_over()
    }

    /// Whether the Dockerfile is that of the first visit, outside of a lesson.
    pub fn shows_example(&self) -> bool {
        let example = self.first.workspace.text(&self.first.workspace.dockerfile).unwrap_or_default();
        self.lesson.is_none() && self.dockerfile_text() == example
    }
}
