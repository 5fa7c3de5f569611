//! Conditions about a start: when its exit code, its output or a hint counts as reached, missed or not known.

use super::attempt::Attempt;
use super::build_conditions::no_image;
use super::condition::Condition;
use super::observation::{Observation, Standing};
use super::text::fits;
use crate::exec::Verdict;
use crate::image_start::Run;

use Standing::{Missed, Reached, Unknown};

pub(super) fn start<'a>(attempt: &'a Attempt<'_>) -> Result<&'a Run, Observation> {
    attempt.run.as_ref().ok_or_else(|| no_image(attempt))
}

/// Conditions about a start.
pub(super) fn started(condition: &Condition, attempt: &Attempt<'_>, run: &Run) -> Observation {
    let verdict = |standing: Standing| match run.verdict {
        Verdict::Starts => Observation::new(standing, "observed.starts", &[]),
        Verdict::Fails => Observation::failed_start(standing, run.cause.as_ref()),
        Verdict::Unknown => Observation::unknown_start(run.unknown.as_ref()),
    };
    match condition {
        Condition::Starts => verdict(Standing::of(run.verdict == Verdict::Starts)),
        Condition::Fails(pattern) => {
            let cause = run.cause.as_ref().map_or("", |cause| cause.code());
            verdict(Standing::of(run.verdict == Verdict::Fails && fits(pattern, cause)))
        }
        Condition::ExitCode(wanted) => match run.exit_code {
            Some(code) => {
                Observation::new(Standing::of(code == *wanted), "observed.exit-code", &[("code", &code.to_string())])
            }
            None if run.serves => Observation::new(Missed, "observed.keeps-running", &[]),
            None => Observation::new(Unknown, "observed.exit-unknown", &[]),
        },
        Condition::OutputContains(text) => {
            let printed = format!("{}{}", run.stdout, run.stderr);
            if printed.contains(text) {
                return Observation::new(Reached, "observed.output", &[("text", printed.trim())]);
            }
            if run.verdict == Verdict::Unknown {
                return verdict(Unknown);
            }
            let standing = if run.gaps.is_empty() { Missed } else { Unknown };
            let code = match (standing, printed.trim().is_empty()) {
                (Unknown, _) => "observed.output-unknown",
                (_, true) => "observed.no-output",
                (_, false) => "observed.output",
            };
            Observation::new(standing, code, &[("text", printed.trim())])
        }
        Condition::Hint(code) | Condition::NoHint(code) => {
            let wanted = matches!(condition, Condition::Hint(_));
            if run.verdict != Verdict::Starts {
                return verdict(Missed);
            }
            let given = attempt.hints.iter().find(|hint| hint.code == code);
            match given {
                Some(hint) => Observation::hint(Standing::of(wanted), hint),
                None => Observation::new(Standing::of(!wanted), "observed.no-hint", &[]),
            }
        }
        _ => verdict(Unknown),
    }
}
