//! After an edit: the steps that an engine takes from its build cache, and why the others run again.

use crate::view::view_context::ViewContext;
use stageplay_protocol::CacheStep;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let steps = cx.model.outcome.as_ref().map(|outcome| outcome.cache.as_slice()).unwrap_or_default();
    if steps.is_empty() {
        return html! {
            <section class="card cache" id="cache" aria-label={cx.t("cache")}>
                <h3>{ cx.t("cache") }</h3>
                <p>{ cx.t("cache.before") }</p>
            </section>
        };
    }
    let rerun: Vec<&CacheStep> = steps.iter().filter(|step| step.rerun.is_some()).collect();
    let cached = steps.len() - rerun.len();
    html! {
        <section class="card cache" id="cache" aria-label={cx.t("cache")}>
            <h3>{ cx.t("cache") }</h3>
            <p class="counts">
                <span class="tally" aria-hidden="true">
                    { for steps.iter().map(|step| html! { <i class={if step.rerun.is_some() { "rerun" } else { "cached" }}></i> }) }
                </span>
                <span>{ format!("{cached} {} · {} {}", cx.t("cache-hits"), rerun.len(), cx.t("cache-reruns")) }</span>
            </p>
            // The first step that runs again is the cause of most others.
            { for rerun.first().map(|first| html! {
                <p class="basis"><code>{ &first.text }</code>{ format!(" {}: {}", cx.t("cache-reason"), reason(cx, first)) }</p>
            }) }
            <ol>{ for steps.iter().map(|step| row(cx, step)) }</ol>
        </section>
    }
}

/// Why a step runs again, or that it comes from the cache.
fn reason(cx: &ViewContext, step: &CacheStep) -> String {
    step.rerun.clone().unwrap_or_else(|| cx.t("cache-hit"))
}

fn row(cx: &ViewContext, step: &CacheStep) -> Html {
    let (class, mark) = if step.rerun.is_some() { ("rerun", "↻") } else { ("cached", "✓") };
    html! {
        <li class={class}>
            <span class="mark" aria-hidden="true">{ mark }</span>
            { cx.line_button(step.line) }
            <code>{ &step.text }</code>
            <span class="why">{ reason(cx, step) }</span>
        </li>
    }
}
