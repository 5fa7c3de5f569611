//! Grades the work on one exercise: it is simulated anew, and nothing that it claims counts.

use super::attempt::Attempt;
use super::copied_work_fingerprint::{Fingerprint, fingerprint};
use super::files::Files;
use super::goal::{Evaluation, evaluate};
use super::pack::Pack;
use super::submission::{Unreadable, Work};
use super::variants::{self, Values};
use crate::base_images::Catalogue;
use std::sync::Arc;

/// The grade of one student's work on one exercise.
#[derive(Clone, Debug)]
pub struct Grade {
    /// The answer to each goal.
    pub evaluation: Evaluation,
    /// What work that was copied from each other has in common; `None` for a Dockerfile that cannot be read.
    pub fingerprint: Option<Fingerprint>,
    /// The package indexes that were not loaded.
    pub missing_indexes: Vec<String>,
}

/// The seed of a student's variant, if it is that of the work.
///
/// # Errors
/// The work is another student's variant.
pub fn seed_of_work(pack: &Pack, work: &Work, student: &str) -> Result<String, Unreadable> {
    if pack.variables.is_empty() {
        return Ok(String::new());
    }
    let seed = variants::seed(&pack.name, student);
    if work.seed == seed { Ok(seed) } else { Err(("submission.other-variant", String::new())) }
}

/// The values that a seed chooses for the variables of a pack.
pub fn values(pack: &Pack, seed: &str) -> Values {
    variants::choose(&pack.variables, Some(seed))
}

/// Builds, starts and evaluates a workspace. `pack` is the pack in the student's variant.
pub fn grade(pack: &Pack, workspace: &Files, commands: &[String], catalogue: &Arc<Catalogue>) -> Grade {
    let attempt = Attempt::new(pack, workspace, commands, catalogue);
    Grade {
        evaluation: evaluate(&attempt),
        missing_indexes: attempt.missing_indexes(),
        fingerprint: attempt.built.plan.as_ref().map(|plan| fingerprint(pack, plan, workspace)),
    }
}
