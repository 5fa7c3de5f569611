//! The base images of the build: what each reference means on the chosen day, how that is known, and the facts.

use crate::view::size::labelled_size;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{BaseDetails, SupportEnd};
use stageplay_report::Base;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let Some(outcome) = cx.model.outcome.as_ref().filter(|outcome| !outcome.report.bases.is_empty()) else {
        return html! {};
    };
    let report = &outcome.report;
    let details = outcome.base_details.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    let has_unknown = report.bases.iter().any(|base| base.how == "unknown");
    html! {
        <section class="card bases" id="bases" aria-label={cx.t("bases")}>
            <h3>{ cx.t("bases") }</h3>
            <ul>{ for report.bases.iter().zip(details).map(|(base, details)| row(cx, base, details)) }</ul>
            if has_unknown {
                <p class="hint">{ cx.t("base.unknown-hint") }</p>
            }
        </section>
    }
}

fn row(cx: &ViewContext, base: &Base, details: Option<&BaseDetails>) -> Html {
    html! {
        <li data-how={base.how.clone()}>
            <h4>
                <code>{ &base.reference }</code>
                if base.resolved != base.reference {
                    <span class="means">{ " → " }<code>{ &base.resolved }</code></span>
                }
            </h4>
            <dl>
                { for details.map(|details| facts(cx, details)) }
                <div><dt>{ cx.t("base.how") }</dt><dd title={base.source.clone()}>
                    { cx.t(&format!("base.{}", base.how)) }
                    { for base.as_of.iter().map(|day| format!(" · {} {day}", cx.t("base.as-of"))) }
                </dd></div>
            </dl>
            { for base.source.iter().map(|source| html! {
                <details><summary>{ cx.t("base.source") }</summary><p class="basis">{ source }</p></details>
            }) }
        </li>
    }
}

fn facts(cx: &ViewContext, details: &BaseDetails) -> Html {
    let fact = |id: &str, text: &str| {
        if text.is_empty() {
            html! {}
        } else {
            html! { <div><dt>{ cx.t(id) }</dt><dd>{ text }</dd></div> }
        }
    };
    let or_none = |text: &str| if text.is_empty() { cx.t("base.none") } else { text.to_string() };
    html! {
        <>
            <div><dt>{ cx.t("matrix.size") }</dt><dd>{ labelled_size(cx, &details.size) }</dd></div>
            { fact("base.distribution", &details.distribution) }
            { fact("base.libc", &or_none(&details.libc)) }
            { fact("base.shell", &or_none(details.shell.as_deref().unwrap_or_default())) }
            { fact("base.package-manager", &or_none(details.package_manager.as_deref().unwrap_or_default())) }
            { for details.support_end.iter().map(|end| support(cx, end)) }
            { fact("base.digest", details.digest.as_deref().unwrap_or_default()) }
            { fact("base.date", details.date.as_deref().unwrap_or_default()) }
        </>
    }
}

fn support(cx: &ViewContext, end: &SupportEnd) -> Html {
    let long_term = end.long_term.as_ref().map(|day| format!(" · {} {day}", cx.t("base.long-term")));
    let over = end.is_over.then(|| html! { <b class="over">{ format!("⚠ {} ", cx.t("base.support-over")) }</b> });
    html! { <div><dt>{ cx.t("base.support") }</dt><dd title={end.source.clone()}>{ for over }{ &end.day }{ for long_term }</dd></div> }
}
