//! The findings of `stageplay lint`, in the form of its JSON output.

use serde::Serialize;
use stageplay_core::measure::Size;

/// The findings in one file.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) file: String,
    pub(super) error: Option<Problem>,
    pub(super) warnings: Vec<Warning>,
    /// With --stageplay: the assumptions of the checks, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assumed: Option<Vec<String>>,
}

#[derive(Serialize)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) line: usize,
    /// The suggested replacement, for the text output.
    #[serde(skip)]
    pub(super) suggestion: Option<String>,
}

/// One finding. A finding of BuildKit's checks has a rule, a message and a line.
#[derive(Serialize)]
pub(super) struct Warning {
    pub(super) rule: &'static str,
    pub(super) message: String,
    pub(super) line: usize,
    #[serde(flatten)]
    pub(super) details: Option<Details>,
    #[serde(skip)]
    pub(super) url: String,
}

/// What a finding of Stageplay's checks has in addition.
#[derive(Serialize)]
pub(super) struct Details {
    pub(super) name: &'static str,
    pub(super) cost: Option<Cost>,
    pub(super) fix: Option<Fix>,
}

/// The cost of a finding: bytes in the image.
#[derive(Serialize)]
pub(super) struct Cost {
    /// `None` if not known exactly; then `at_least` is the known part.
    pub(super) bytes: Option<u64>,
    pub(super) at_least: u64,
    /// The range of an estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) low: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) high: Option<u64>,
    pub(super) honesty: &'static str,
    pub(super) basis: Option<String>,
}

impl Cost {
    pub(super) fn new(size: &Size) -> Self {
        Cost {
            bytes: size.bytes(),
            at_least: size.at_least(),
            low: size.range().map(|(low, _)| low),
            high: size.range().map(|(_, high)| high),
            honesty: size.honesty().as_str(),
            basis: size.basis().map(str::to_string),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Fix {
    pub(super) title: String,
    /// Only the size of the image changes, so `--fix` applies the fix.
    pub(super) safe: bool,
    pub(super) edits: Vec<Edit>,
}

/// A range of bytes of the file, and the text that replaces it.
#[derive(Serialize)]
pub(super) struct Edit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) insert: String,
}
