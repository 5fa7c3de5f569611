//! The parts of a result that the page gets in another form than the report has.

use stageplay_core::plan::{Base, Plan};
use stageplay_core::report::BuildReport;
use std::collections::BTreeSet;

/// The report without the entries of the steps' layers, of which there may be thousands.
pub(crate) fn without_entries(mut report: BuildReport) -> BuildReport {
    for layer in report.steps.iter_mut().filter_map(|step| step.layer.as_mut()) {
        layer.entries.clear();
        layer.unlisted.clear();
    }
    report
}

/// The images that the built stages are based on, sorted.
pub(crate) fn base_names(plan: Option<&Plan>) -> Vec<String> {
    let stages = plan.iter().flat_map(|plan| &plan.stages).filter(|stage| stage.built);
    let names: BTreeSet<String> = stages
        .filter_map(|stage| match &stage.base {
            Base::Image(reference) => Some(reference.to_string()),
            _ => None,
        })
        .collect();
    names.into_iter().collect()
}
