//! Sizes with a mark of how they are known. Every size that may not be exact is rendered here.

use super::view_context::ViewContext;
use crate::state::DiskUsage;
use stageplay_core::measure::{self, human_size};
use stageplay_core::report;
use yew::prelude::*;

/// A size as text: `16.3MB`, `≥16.3MB` if that is a lower bound, `?` if nothing of it is known.
fn size_text(bytes: Option<u64>, at_least: u64) -> String {
    match (bytes, at_least) {
        (Some(bytes), _) => human_size(bytes, 3),
        (None, 0) => "?".to_string(),
        (None, at_least) => format!("≥{}", human_size(at_least, 3)),
    }
}

/// The text of a size of the report.
pub(super) fn report_size_text(size: &report::Size) -> String {
    size_text(size.bytes, size.at_least.unwrap_or(0))
}

/// The text of a size of the simulation.
pub(super) fn simulated_size_text(size: &measure::Size) -> String {
    size_text(size.bytes(), size.at_least())
}

/// The text of a file's or directory's size in the layer explorer.
pub(super) fn disk_usage_text(usage: DiskUsage) -> String {
    size_text((!usage.is_lower_bound).then_some(usage.bytes), usage.bytes)
}

/// A size with the word for how it is known (exact, modelled, not known); its tooltip tells what it rests on.
pub(super) fn labelled_size(cx: &ViewContext, size: &report::Size) -> Html {
    let honesty = cx.t(&format!("honesty.{}", size.honesty));
    let title = match &size.basis {
        Some(basis) => format!("{honesty}: {basis}"),
        None => honesty.clone(),
    };
    html! {
        <span class={classes!("size", size.honesty.to_string())} title={title}>
            { report_size_text(size) }<span class="mark">{ honesty }</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_bound_is_marked_and_nothing_known_is_a_question_mark() {
        assert_eq!(simulated_size_text(&measure::Size::exact(0)), "0B");
        assert_eq!(simulated_size_text(&measure::Size::unknown(1_000, "why")), "≥1kB");
        assert_eq!(disk_usage_text(DiskUsage { bytes: 0, is_lower_bound: true }), "?");
        assert_eq!(report_size_text(&(&measure::Size::modelled(2_000, "data")).into()), "2kB");
    }
}
