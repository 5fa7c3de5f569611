//! Brings submissions to grades: which of them count, and their simulation.

use crate::copied_work::{self, Cluster, Pair};
use crate::entries::Entry;
use crate::grades::{Exercise, Outcome, Student};
use crate::packs::Packs;
use stageplay_core::exercise::{self, Evaluation, Files, Fingerprint, Unreadable, Work};
use stageplay_core::words::{Language, say};
use std::collections::BTreeMap;

/// All grades.
#[derive(Debug)]
pub struct Graded {
    /// In order of their ids.
    pub students: Vec<Student>,
    /// What could not be read: where it was found, the student if a table names one, and why.
    pub unread: Vec<(String, String, String)>,
    /// Students with the same build graph.
    pub clusters: Vec<Cluster>,
    /// Students who are alike in several exercises.
    pub pairs: Vec<Pair>,
}

/// One piece of work of a student.
#[derive(Debug)]
struct Attempted {
    source: String,
    version: String,
    work: Result<(String, Work), Unreadable>,
}

/// What a student handed in.
#[derive(Debug)]
struct HandedIn {
    id: String,
    name: String,
    /// By the index of the pack, in order.
    attempts: BTreeMap<usize, Vec<Attempted>>,
}

/// What decides a simulation: the index of the pack, the seed, the workspace, the commands.
type Key = (usize, String, Files, Vec<String>);

/// What is simulated once, however many students hand it in.
#[derive(Debug)]
pub struct Job<'a> {
    key: &'a Key,
    result: &'a mut Option<Simulated>,
}

/// What a simulation gives; why there is none.
type Simulated = Result<(Evaluation, Option<Fingerprint>), Unreadable>;

impl Job<'_> {
    /// Whether it was simulated.
    pub fn is_done(&self) -> bool {
        self.result.is_some()
    }

    /// Builds, starts and evaluates the work, with the base images of `packs`. Returns the names of the package indexes
    /// that were not loaded; once they are, it can be simulated again.
    pub fn simulate(&mut self, packs: &Packs) -> Vec<String> {
        let (index, seed, workspace, commands) = self.key;
        let Some(pack) = packs.variant(*index, seed) else { return Vec::new() };
        let graded = exercise::grade(&pack, workspace, commands, &packs.catalogue);
        *self.result = Some(Ok((graded.evaluation, graded.fingerprint)));
        graded.missing_indexes
    }

    /// Gives the work up: its simulation ends the worker that tries it.
    pub fn fail(&mut self) {
        *self.result = Some(Err(("grade.not-simulated", String::new())));
    }
}

/// Submissions on their way to grades.
#[derive(Debug)]
pub struct Grading {
    students: BTreeMap<String, HandedIn>,
    unread: Vec<(String, String, Unreadable)>,
    best: bool,
    results: Results,
}

impl Grading {
    /// Takes submissions. With `best`, a student's best submission of an exercise counts, otherwise the last one.
    pub fn new(packs: &Packs, entries: Vec<Entry>, best: bool) -> Self {
        let mut unread = Vec::new();
        let mut students: BTreeMap<String, HandedIn> = BTreeMap::new();
        for entry in entries {
            let submission = match entry.submission {
                Ok(submission) => submission,
                Err(why) => {
                    unread.push((entry.source, entry.student, why));
                    continue;
                }
            };
            let id = if entry.student.is_empty() { submission.student.clone() } else { entry.student };
            let key = id.trim().to_lowercase();
            let new = || HandedIn { id: id.clone(), name: String::new(), attempts: BTreeMap::new() };
            // A student whose work is for other exercises alone has no row beside the errors.
            if submission.work.is_empty() || submission.work.iter().any(|work| packs.index(&work.pack).is_some()) {
                let row = students.entry(key.clone()).or_insert_with(new);
                if !submission.name.is_empty() {
                    row.name = submission.name.clone();
                }
            }
            for work in submission.work {
                let Some(index) = packs.index(&work.pack) else {
                    let why = ("submission.unknown-pack", work.pack.clone());
                    unread.push((entry.source.clone(), id.clone(), why));
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
                students.entry(key.clone()).or_insert_with(new).attempts.entry(index).or_default().push(attempted);
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
        Grading { students, unread, best, results }
    }

    /// One of what is to be simulated, by its index in the order of [`Grading::jobs`].
    pub fn job(&mut self, index: usize) -> Option<Job<'_>> {
        self.results.jobs.iter_mut().nth(index).map(|(key, result)| Job { key, result })
    }

    /// What is to be simulated, in an order that the submissions alone decide.
    pub fn jobs(&mut self) -> Vec<Job<'_>> {
        self.results.jobs.iter_mut().map(|(key, result)| Job { key, result }).collect()
    }

    /// The number of simulations.
    pub fn count(&self) -> usize {
        self.results.jobs.len()
    }

    /// The grades, of what was simulated.
    pub fn finish(mut self, packs: &Packs, language: Language) -> Graded {
        let told = |(code, what): &Unreadable| say(language, code, &[("what", what)]);
        let unread = self.unread.iter().map(|(source, student, why)| (source.clone(), student.clone(), told(why)));
        let unread = unread.collect();
        let (best, results) = (self.best, &self.results);
        let students = std::mem::take(&mut self.students).into_values();
        let students: Vec<Student> = students
            .map(|HandedIn { id, name, attempts: mut exercises }| Student {
                id,
                name,
                exercises: (0..packs.all.len())
                    .map(|index| Some(results.exercise(packs, index, exercises.remove(&index)?, best, language)))
                    .collect(),
            })
            .collect();
        let clusters = copied_work::clusters(packs, &students);
        let pairs = copied_work::pairs(&clusters);
        Graded { students, unread, clusters, pairs }
    }
}

#[derive(Debug, Default)]
struct Results {
    jobs: BTreeMap<Key, Option<Simulated>>,
}

/// The simulation that a piece of work asks for.
fn job(packs: &Packs, index: usize, attempted: &Attempted) -> Result<Key, Unreadable> {
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

    fn outcome(&self, packs: &Packs, index: usize, attempted: &Attempted) -> Result<Outcome, Unreadable> {
        let job = job(packs, index, attempted)?;
        let unknown = || ("submission.unknown-pack", job.1.clone());
        let pack = packs.variant(index, &job.1).ok_or_else(unknown)?;
        let (evaluation, fingerprint) = self.jobs.get(&job).cloned().flatten().unwrap_or_else(|| Err(unknown()))?;
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
