//! The graph as a list, for whoever does not see it.

use super::graph::{kind, name};
use crate::view::view_context::ViewContext;
use stageplay_protocol::{Outcome, StageGraph};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, outcome: &Outcome, graph: &StageGraph) -> Html {
    let stages = &outcome.report.stages;
    let uses = |index: usize| {
        let used = graph.edges.iter().filter(move |edge| edge.to == index);
        let text = used.map(|edge| {
            let size = edge.size.as_ref().map(stageplay_report::Size::marked_text).unwrap_or_default();
            let what = cx.t(&format!("stages.edge.{}", kind(edge.kind)));
            [what, name(cx, stages, graph, edge.from), edge.paths.clone(), size]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        });
        text.collect::<Vec<_>>()
    };
    html! {
        <ul class="for-readers" aria-label={cx.t("stages.list")}>
            { for stages.iter().map(|stage| {
                let size = if stage.built { stage.size.marked_text() } else { cx.t("skipped") };
                html! {
                    <li>
                        { format!("{}{}{size}", name(cx, stages, graph, stage.index), cx.colon()) }
                        <ul>{ for uses(stage.index).into_iter().map(|text| html! { <li>{ text }</li> }) }</ul>
                    </li>
                }
            }) }
        </ul>
    }
}
