//! Brings submissions to grades: which count, their simulation on all processors, and the rows of the tables.

use super::clusters::{self, Cluster, Pair};
use super::submissions::Entry;
use crate::cli::pack_files::FoundPacks;
use crate::cli::usage::UsageError;
use rayon::prelude::*;
use stageplay_core::base_images::Catalogue;
use stageplay_core::exercise::{self, Evaluation, Files, Fingerprint, Pack, Unreadable, Work};
use stageplay_core::words::{Language, say};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The packs that are graded.
pub(super) struct Packs {
    /// In their order, with the first values of variables.
    pub(super) all: Vec<Arc<Pack>>,
    files: Vec<Files>,
    /// Packs with the values of a seed.
    variants: Mutex<BTreeMap<(usize, String), Option<Arc<Pack>>>>,
    pub(super) catalogue: Arc<Catalogue>,
}

impl Packs {
    /// # Errors
    /// A pack that cannot be used or has no goals.
    pub(super) fn new(found: &FoundPacks, path: &Path) -> Result<Self, UsageError> {
        if let Some((place, problem)) = found.problems.first() {
            return Err(format!("{}: {}", place.display(), problem.message(Language::English)));
        }
        let (mut all, mut files) = (Vec::new(), Vec::new());
        for one in &found.packs {
            let read = exercise::read(&one.name, &one.files, None);
            let Some(pack) = read.pack else {
                let why = read.problems.first().map(|problem| problem.message(Language::English)).unwrap_or_default();
                return Err(format!("{}: {why}; `stageplay lesson check` says more", one.path.display()));
            };
            // Lessons of a collection are not graded.
            if !pack.goals.is_empty() {
                all.push(Arc::new(pack));
                files.push(one.files.clone());
            }
        }
        if all.is_empty() {
            return Err(format!("{} has no goals to grade", path.display()));
        }
        let names: BTreeSet<&str> = all.iter().map(|pack: &Arc<Pack>| pack.name.as_str()).collect();
        if names.len() < all.len() {
            return Err(format!("{} has two packs of one name", path.display()));
        }
        let catalogue = Arc::new(Catalogue::builtin());
        Ok(Packs { all, files, variants: Mutex::default(), catalogue })
    }

    /// The pack, if it is only one.
    pub(super) fn only(&self) -> Option<&Arc<Pack>> {
        if let [pack] = self.all.as_slice() { Some(pack) } else { None }
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|pack| pack.name == name)
    }

    /// The seed of a student's variant; empty for a pack without variables.
    pub(super) fn seed(&self, pack: &Pack, student: &str) -> String {
        if pack.variables.is_empty() { String::new() } else { exercise::seed(&pack.name, student) }
    }

    /// A pack with the values of a seed; the pack itself for an empty one.
    pub(super) fn variant(&self, index: usize, seed: &str) -> Option<Arc<Pack>> {
        let pack = self.all.get(index)?;
        if seed.is_empty() {
            return Some(pack.clone());
        }
        let read = || exercise::read(&pack.name, self.files.get(index)?, Some(seed)).pack.map(Arc::new);
        let key = (index, seed.to_string());
        match self.variants.lock() {
            Ok(mut known) => known.entry(key).or_insert_with(read).clone(),
            Err(_) => read(),
        }
    }

    /// The points of all packs.
    pub(super) fn max_points(&self) -> u64 {
        self.all.iter().map(|pack| pack.max_points()).sum()
    }
}

/// A student with the grades of all exercises.
#[derive(Debug, Default)]
pub(super) struct Student {
    /// The id, as in the submission or the table.
    pub(super) id: String,
    pub(super) name: String,
    /// One for each pack; `None` where nothing was handed in.
    pub(super) exercises: Vec<Option<Exercise>>,
}

impl Student {
    pub(super) fn points(&self) -> u64 {
        self.exercises.iter().flatten().map(Exercise::points).sum()
    }
}

/// The grade of a student's work on an exercise.
#[derive(Debug)]
pub(super) struct Exercise {
    /// Where the submission that counts was found.
    pub(super) source: String,
    pub(super) warnings: Vec<String>,
    /// The grade, or why there is none.
    pub(super) outcome: Result<Outcome, String>,
}

/// A grade with the work it is of.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) pack: Arc<Pack>,
    pub(super) workspace: Files,
    pub(super) evaluation: Evaluation,
    pub(super) fingerprint: Option<Fingerprint>,
}

impl Exercise {
    pub(super) fn points(&self) -> u64 {
        self.outcome.as_ref().map_or(0, |outcome| outcome.evaluation.points)
    }

    /// `graded`, `not-gradable` or `error`.
    pub(super) fn status(&self) -> &'static str {
        match &self.outcome {
            Ok(outcome) if outcome.evaluation.is_gradable => "graded",
            Ok(_) => "not-gradable",
            Err(_) => "error",
        }
    }
}

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

/// What is simulated once, however many students hand it in.
type Job = (usize, String, Files, Vec<String>);
/// What a simulation gives.
type Simulated = (Evaluation, Option<Fingerprint>);

/// Grades submissions. With `best`, a student's best submission of an exercise counts, otherwise the last one.
pub(super) fn assess(packs: &Packs, entries: Vec<Entry>, best: bool, language: Language) -> Graded {
    let mut unread = Vec::new();
    let mut students: BTreeMap<String, (String, String, BTreeMap<usize, Vec<Attempted>>)> = BTreeMap::new();
    for entry in entries {
        let submission = match entry.submission {
            Ok(submission) => submission,
            Err((code, what)) => {
                unread.push((entry.source, entry.student, say(language, code, &[("what", what)])));
                continue;
            }
        };
        let id = if entry.student.is_empty() { submission.student.clone() } else { entry.student };
        let row =
            students.entry(id.trim().to_lowercase()).or_insert_with(|| (id.clone(), String::new(), BTreeMap::new()));
        if !submission.name.is_empty() {
            row.1 = submission.name.clone();
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
            row.2.entry(index).or_default().push(attempted);
        }
    }
    let mut results = Results::default();
    for (_, _, exercises) in students.values() {
        for (index, attempts) in exercises {
            let first = if best { 0 } else { attempts.len().saturating_sub(1) };
            for attempted in attempts.iter().skip(first) {
                results.want(packs, *index, attempted);
            }
        }
    }
    results.simulate(packs);
    let students: Vec<Student> = students
        .into_values()
        .map(|(id, name, mut exercises)| Student {
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
