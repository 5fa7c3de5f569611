//! The result: tabs, one of which is shown. The verdict stands above them, see `verdict_strip`.

mod overview;
mod tabs;

use super::view_context::ViewContext;
use super::{piece_view, simulator_state, size};
use crate::state::{Piece, ResultTab};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let model = cx.model;
    // While another result is awaited, the last one stays and fades.
    let awaited = model.is_result_awaited();
    let shown = model.result_tab;
    html! {
        <section class="result" aria-label={cx.t("result")} aria-busy={awaited.to_string()}>
            <h2 class="visually-hidden">{ cx.t("result") }</h2>
            { tabs::view(cx) }
            { simulator_state::view(cx) }
            <div class={classes!("tab-panel", awaited.then_some("awaited"))} id={format!("tab-panel-{}", shown.id())}
                role="tabpanel" tabindex="0" aria-labelledby={format!("tab-{}", shown.id())} key={shown.id()}>
                { content(cx, shown) }
                <footer>
                    { size::legend(cx) }
                    { for (!model.version.is_empty()).then(|| html! {
                        <p id="version">{ format!("Stageplay {}", model.version) }</p>
                    }) }
                </footer>
            </div>
        </section>
    }
}

/// What a tab shows; a sentence that says why, if there is nothing.
fn content(cx: &ViewContext, tab: ResultTab) -> Html {
    let outcome = cx.model.outcome.as_ref();
    let is_empty = match tab {
        ResultTab::Overview => outcome.is_none(),
        ResultTab::Layers => cx.model.layers_shown().is_empty(),
        ResultTab::Start => outcome.is_none_or(|outcome| outcome.report.run.is_none()),
        ResultTab::Bases => outcome.is_none_or(|outcome| outcome.report.bases.is_empty()),
        ResultTab::Cache => outcome.is_none(),
        ResultTab::Checks => cx.model.checks.is_empty() && outcome.is_none_or(|outcome| outcome.build_only.is_empty()),
        ResultTab::RealBuild => false,
    };
    if is_empty {
        return html! { <p class="nothing">{ cx.t(&format!("tab.nothing.{}", tab.id())) }</p> };
    }
    match tab {
        ResultTab::Overview => overview::view(cx),
        _ => piece_view::view(cx, Piece::ResultTabs),
    }
}
