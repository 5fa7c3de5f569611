//! The tabs of the result, all but the overview.

use super::view_context::ViewContext;
use super::{checks, layers, real_build, run_output, stages, start_walk};
use crate::state::ResultTab;
use yew::prelude::*;

/// The tab that is shown, unless it is the overview.
pub(super) fn view(cx: &ViewContext) -> Html {
    let run = cx.model.outcome.as_ref().and_then(|outcome| outcome.report.run.as_ref());
    match cx.model.result_tab {
        ResultTab::Overview => html! {},
        ResultTab::Layers => layers::view(cx),
        ResultTab::Start => html! { <>{ start_walk::view(cx) }{ for run.map(|run| run_output::view(cx, run)) }</> },
        ResultTab::Bases => stages::bases_view(cx),
        ResultTab::Cache => html! { <>{ stages::cache_view(cx) }{ stages::changes_view(cx) }</> },
        ResultTab::Checks => checks::view(cx),
        ResultTab::RealBuild => real_build::view(cx),
    }
}
