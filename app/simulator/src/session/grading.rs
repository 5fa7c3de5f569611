//! Grading in the page: a simulation after the other, so that the page shows how far it is.

use super::Session;
use super::authoring::packs_of;
use stageplay_core::words::say;
use stageplay_grading::{Entries, Graded, Grading, Packs, TableError};
use stageplay_protocol::{ExerciseEvent, GradeRequest, NamedText};

/// What is graded.
#[derive(Debug)]
pub(super) struct PageGrading {
    packs: Packs,
    grading: Option<Grading>,
    /// The grades, once they were asked for.
    graded: Option<Graded>,
    /// The index of the work whose simulation waits for data.
    waiting: Option<usize>,
}

impl Session {
    pub(super) fn grade(&mut self, request: GradeRequest) {
        match request {
            GradeRequest::Start { packs, submissions, id_column, best } => {
                let id_column = id_column.filter(|name| !name.trim().is_empty());
                let started = self.start_grading(&packs, &submissions, id_column.as_deref(), best);
                self.tell_exercise(&ExerciseEvent::Grading(started));
            }
            GradeRequest::Simulate(index) => self.grade_one(index),
            GradeRequest::GiveUp(index) => {
                if let Some(grading) = self.grading.as_mut().and_then(|page| page.grading.as_mut())
                    && let Some(mut job) = grading.job(index)
                {
                    job.fail();
                }
                self.tell_exercise(&ExerciseEvent::Graded(index));
            }
            GradeRequest::Write(format) => {
                let text = self.write_grades(&format);
                self.tell_exercise(&ExerciseEvent::Grades(format, text));
            }
        }
    }

    /// Reads packs and submissions. Returns the number of simulations.
    fn start_grading(
        &mut self,
        packs: &[NamedText],
        submissions: &[NamedText],
        id_column: Option<&str>,
        best: bool,
    ) -> Result<usize, String> {
        let language = self.language;
        let mut found = Vec::new();
        for file in packs {
            let read = packs_of(&file.name, &file.text);
            found.extend(
                read.map_err(|(code, what)| format!("{}: {}", file.name, say(language, code, &[("what", what)])))?,
            );
        }
        let packs = Packs::new(found, self.catalogue.clone()).map_err(|error| error.message(language))?;
        let mut entries = Entries::default();
        for file in submissions {
            if !file.name.to_ascii_lowercase().ends_with(".csv") {
                entries.add_text(&file.name, file.text.as_bytes());
                continue;
            }
            let added = entries.add_table(&file.name, file.text.as_bytes(), id_column);
            added.map_err(|error| match error {
                TableError::NoColumn(what) => {
                    say(language, "grade.no-column", &[("file", &file.name), ("what", &what)])
                }
                TableError::NoTable(error) => format!("{}: {error}", file.name),
            })?;
        }
        let grading = Grading::new(&packs, entries.into_vec(), best);
        let count = grading.count();
        self.grading = Some(PageGrading { packs, grading: Some(grading), graded: None, waiting: None });
        Ok(count)
    }

    /// Simulates one piece of work. It waits for data that it lacks.
    fn grade_one(&mut self, index: usize) {
        let catalogue = self.catalogue.clone();
        let Some(page) = &mut self.grading else { return };
        page.packs.catalogue = catalogue;
        page.waiting = None;
        let job = page.grading.as_mut().and_then(|grading| grading.job(index));
        let indexes = job.map(|mut job| job.simulate(&page.packs)).unwrap_or_default();
        if self.fetch_for_exercise(indexes) {
            if let Some(page) = &mut self.grading {
                page.waiting = Some(index);
            }
            return;
        }
        self.tell_exercise(&ExerciseEvent::Graded(index));
    }

    /// Goes on with the work that waited for data.
    pub(super) fn continue_grading(&mut self) {
        if self.image_data.loading().next().is_none()
            && let Some(index) = self.grading.as_ref().and_then(|page| page.waiting)
        {
            self.grade_one(index);
        }
    }

    fn write_grades(&mut self, format: &str) -> Result<String, String> {
        let language = self.language;
        let Some(page) = &mut self.grading else { return Err(String::new()) };
        if let Some(grading) = page.grading.take() {
            page.graded = Some(grading.finish(&page.packs, language));
        }
        let Some(graded) = &page.graded else { return Err(String::new()) };
        match format {
            "json" => Ok(stageplay_grading::json(&page.packs, graded, language)),
            "csv" => stageplay_grading::csv(&page.packs, graded, false),
            "csv-bom" => stageplay_grading::csv(&page.packs, graded, true),
            "html" => Ok(stageplay_grading::html(&page.packs, graded, language)),
            _ => Err(format.to_string()),
        }
    }
}
