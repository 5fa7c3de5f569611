//! Brings submissions to grades: which of them count, and their simulation on all processors.

use super::clusters::{self, Cluster, Pair};
use super::grades::{Exercise, Outcome, Student};
use super::packs::Packs;
use super::submissions::Entry;
use rayon::prelude::*;
use stageplay_core::exercise::{self, Evaluation, Files, Fingerprint, Unreadable, Work};
use stageplay_core::words::{Language, say};
use std::collections::BTreeMap;

/// All grades.
pub(super) struct Graded {
    /// In order of their ids.
    pub(super) students: Vec<Student>,
    /// What could not be read: where it was found, the student if a table names one, and why.
    pub(super) unread: Vec<(String, String, String)>,
    pub(super) clusters: Vec<Cluster>,
    pub(super) pairs: Vec<Pair>,
}

/// One piece of work of a student.
struct Attempted {
    source: String,
    version: String,
    work: Result<(String, Work), Unreadable>,
}

/// What a student handed in.
struct HandedIn {
    id: String,
    name: String,
    /// By the index of the pack, in order.
    attempts: BTreeMap<usize, Vec<Attempted>>,
}

/// What is simulated once, however many students hand it in.
type Job = (usize, String, Files, Vec<String>);
/// What a simulation gives.
type Simulated = (Evaluation, Option<Fingerprint>);

/// Grades submissions. With `best`, a student's best submission of an exercise counts, otherwise the last one.
pub(super) fn assess(packs: &Packs, entries: Vec<Entry>, best: bool, language: Language) -> Graded {
    let mut unread = Vec::new();
    let mut students: BTreeMap<String, HandedIn> = BTreeMap::new();
    for entry in entries {
        let submission = match entry.submission {
            Ok(submission) => submission,
            Err((code, what)) => {
                unread.push((entry.source, entry.student, say(language, code, &[("what", what)])));
                continue;
            }
        };
        let id = if entry.student.is_empty() { submission.student.clone() } else { entry.student };
        let row = students.entry(id.trim().to_lowercase()).or_insert_with(|| HandedIn {
            id: id.clone(),
            name: String::new(),
            attempts: BTreeMap::new(),
        });
        if !submission.name.is_empty() {
            row.name = submission.name.clone();
        }
        for work in submission.work {
            let Some(index) = packs.index(&work.pack) else {
                let message = say(language, "submission.unknown-pack", &[("what", &work.pack)]);
                unread.push((entry.source.clone(), id.clone(), message));
                continue;
            };
            let pack = packs.all.get(index);
            let seed = pack.map(|pack| exercise::seed_of_work(pack, &work, &id));
            let work = match seed {
                Some(Ok(seed)) => Ok((seed, work)),
                Some(Err(error)) => Err(error),
                None => continue,
            };
            let attempted = Attempted { source: entry.source.clone(), version: submission.version.clone(), work };
            row.attempts.entry(index).or_default().push(attempted);
        }
    }
    let mut results = Results::default();
    for student in students.values() {
        for (index, attempts) in &student.attempts {
            let first = if best { 0 } else { attempts.len().saturating_sub(1) };
            for attempted in attempts.iter().skip(first) {
                results.want(packs, *index, attempted);
            }
        }
    }
    results.simulate(packs);
    let students: Vec<Student> = students
        .into_values()
        .map(|HandedIn { id, name, attempts: mut exercises }| Student {
            id,
            name,
            exercises: (0..packs.all.len())
                .map(|index| Some(results.exercise(packs, index, exercises.remove(&index)?, best, language)))
                .collect(),
        })
        .collect();
    let clusters = clusters::clusters(packs, &students);
    let pairs = clusters::pairs(&clusters);
    Graded { students, unread, clusters, pairs }
}

#[derive(Default)]
struct Results {
    jobs: BTreeMap<Job, Option<Simulated>>,
}

/// The simulation that a piece of work asks for.
fn job(packs: &Packs, index: usize, attempted: &Attempted) -> Result<Job, Unreadable> {
    let (seed, work) = attempted.work.as_ref().map_err(Clone::clone)?;
    let unknown = || ("submission.unknown-pack", work.pack.clone());
    let pack = packs.variant(index, seed).ok_or_else(unknown)?;
    Ok((index, seed.clone(), work.workspace(&pack)?, work.commands.clone()))
}

impl Results {
    fn want(&mut self, packs: &Packs, index: usize, attempted: &Attempted) {
        if let Ok(job) = job(packs, index, attempted) {
            self.jobs.insert(job, None);
        }
    }

    fn simulate(&mut self, packs: &Packs) {
        self.jobs.par_iter_mut().for_each(|((index, seed, workspace, commands), result)| {
            let Some(pack) = packs.variant(*index, seed) else { return };
            let graded = exercise::grade(&pack, workspace, commands, &packs.catalogue);
            *result = Some((graded.evaluation, graded.fingerprint));
        });
    }

    fn outcome(&self, packs: &Packs, index: usize, attempted: &Attempted) -> Result<Outcome, Unreadable> {
        let job = job(packs, index, attempted)?;
        let unknown = || ("submission.unknown-pack", job.1.clone());
        let pack = packs.variant(index, &job.1).ok_or_else(unknown)?;
        let (evaluation, fingerprint) = self.jobs.get(&job).cloned().flatten().ok_or_else(unknown)?;
        Ok(Outcome { pack, workspace: job.2, evaluation, fingerprint })
    }

    /// The exercise of a student: the attempt that counts, with warnings.
    fn exercise(
        &self,
        packs: &Packs,
        index: usize,
        attempts: Vec<Attempted>,
        best: bool,
        language: Language,
    ) -> Exercise {
        let points = |attempted: &Attempted| {
            let outcome = self.outcome(packs, index, attempted);
            outcome.map_or((0, false), |outcome| (outcome.evaluation.points, outcome.evaluation.is_gradable))
        };
        let count = attempts.len();
        // Of equally good ones the last.
        let chosen = if best { attempts.iter().max_by_key(|one| points(one)) } else { attempts.last() };
        let mut warnings = Vec::new();
        let Some(chosen) = chosen else {
            return Exercise { source: String::new(), warnings, outcome: Err(String::new()) };
        };
        let warn = |code: &str, what: String| say(language, code, &[("what", what)]);
        let outcome = self.outcome(packs, index, chosen).map_err(|(code, what)| warn(code, what));
        if let (Ok((_, work)), Some(pack)) = (&chosen.work, packs.all.get(index))
            && work.digest != pack.digest
        {
            warnings.push(warn("grade.other-digest", String::new()));
        }
        if chosen.version != env!("CARGO_PKG_VERSION") {
            warnings.push(warn("grade.other-version", chosen.version.clone()));
        }
        if count > 1 {
            let code = if best { "grade.several-best" } else { "grade.several" };
            warnings.push(warn(code, count.to_string()));
        }
        if let Ok(outcome) = outcome.as_ref().map(|outcome| &outcome.evaluation)
            && !outcome.is_gradable
        {
            warnings.push(warn("grade.not-gradable", outcome.error.clone().unwrap_or_default().trim().to_string()));
        }
        Exercise { source: chosen.source.clone(), warnings, outcome }
    }
}
