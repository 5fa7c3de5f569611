//! When a RUN that fails ends the build, and when its failure is only told, as the command may have succeeded:
//! something that decides it is not known.

use super::unknown_parts::GAPS_WITHOUT_SIZE;
use crate::fs::Doubt;
use crate::image::BaseFacts;
use crate::shell::Gap;

/// What is not known and may decide whether a step fails: a gap of it, or the settings of its base image. `None` if it
/// certainly fails.
pub(super) fn open_question(gaps: &[Gap], doubt: Doubt, base: Option<&BaseFacts>) -> Option<String> {
    // Of an image of which the configuration is not known the variables are not either.
    let settings = base.filter(|facts| !facts.config_known).map(|facts| facts.reference());
    what_failure_depends_on(gaps, doubt).or(settings)
}

/// What is not known and may decide whether a step fails: the first of its gaps that could. Whether a program is there
/// decides only where its version is not known either.
fn what_failure_depends_on(gaps: &[Gap], doubt: Doubt) -> Option<String> {
    let may_decide = |gap: &&Gap| match gap.code {
        "unlisted-user" => true,
        "unlisted-program" => doubt == Doubt::Anything,
        code => !GAPS_WITHOUT_SIZE.contains(&code),
    };
    gaps.iter().find(may_decide).map(|gap| gap.what.clone())
}

/// The gap that tells of a failure after which the build goes on: with a model of what is open the command might have
/// succeeded.
pub(super) fn told(status: i32, open: Option<String>) -> Gap {
    let what = open.map_or_else(|| status.to_string(), |open| format!("{status} {open}"));
    Gap { code: "failure-after-gap", what }
}
