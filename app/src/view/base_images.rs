//! The base images of the build: what each reference means, how that is known, and the size of the image.

use super::size::labelled_size;
use super::view_context::ViewContext;
use stageplay_core::report::{Base, Size};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let Some(report) = cx.model.report.as_ref().filter(|report| !report.bases.is_empty()) else {
        return html! {};
    };
    let is_known = report.bases.iter().all(|base| base.how == "listed" || base.how == "archive");
    let has_unknown = report.bases.iter().any(|base| base.how == "unknown");
    html! {
        <details class="bases" id="bases" open={!is_known}>
            <summary>{ format!("{} ({})", cx.t("bases"), report.bases.len()) }</summary>
            <ul>{ for report.bases.iter().map(|base| row(cx, base)) }</ul>
            if has_unknown {
                <p class="hint">{ cx.t("base.unknown-hint") }</p>
            }
        </details>
    }
}

fn row(cx: &ViewContext, base: &Base) -> Html {
    let size = cx.model.base_image_size(&base.reference).map(|size| Size::from(&size));
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
