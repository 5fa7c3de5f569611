//! The base images of the build: what each reference means, how that is known, and the size of the image.

use super::size::labelled_size;
use super::view_context::ViewContext;
use stageplay_report::{Base, Size};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let Some(outcome) = cx.model.outcome.as_ref().filter(|outcome| !outcome.report.bases.is_empty()) else {
        return html! {};
    };
    let report = &outcome.report;
    let sizes = outcome.base_sizes.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    let is_known = report.bases.iter().all(|base| base.how == "listed" || base.how == "archive");
    let has_unknown = report.bases.iter().any(|base| base.how == "unknown");
    html! {
        <details class="bases" id="bases" open={!is_known}>
            <summary>{ format!("{} ({})", cx.t("bases"), report.bases.len()) }</summary>
            <ul>{ for report.bases.iter().zip(sizes).map(|(base, size)| row(cx, base, size)) }</ul>
            if has_unknown {
                <p class="hint">{ cx.t("base.unknown-hint") }</p>
            }
        </details>
    }
}

fn row(cx: &ViewContext, base: &Base, size: Option<&Size>) -> Html {
    html! {
        <li data-how={base.how.clone()} title={base.source.clone()}>
            <code>{ &base.reference }</code>
            if base.resolved != base.reference {
                { " → " }<code>{ &base.resolved }</code>
            }
            { " " }{ for size.iter().map(|size| labelled_size(cx, size)) }
            <small>
                { cx.t(&format!("base.{}", base.how)) }
                { for base.as_of.iter().map(|day| format!(" · {} {day}", cx.t("base.as-of"))) }
            </small>
        </li>
    }
}
