//! The findings of the checks, each with its cost and its fix.

use super::size::labelled_size;
use super::view_context::ViewContext;
use crate::state::{Check, Msg, ResultTab};
use stageplay_protocol::LargePart;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    html! { <>{ build_only(cx) }{ findings(cx) }</> }
}

/// The largest parts of the image that only the build needs.
fn build_only(cx: &ViewContext) -> Html {
    let parts = cx.model.outcome.as_ref().map(|outcome| outcome.build_only.as_slice()).unwrap_or_default();
    if parts.is_empty() {
        return html! {};
    }
    let part = |part: &LargePart| {
        html! {
            <li data-kind={part.kind.clone()}>
                <div>
                    { for part.line.map(|line| cx.line_button(line)) }
                    <code>{ &part.name }</code>{ " " }{ labelled_size(cx, &part.size) }
                    <p>{ cx.t(&format!("build-only.{}", part.kind)) }</p>
                </div>
            </li>
        }
    };
    let msg = Msg::ShowResultTab(ResultTab::Layers);
    html! {
        <section class="card checks" id="build-only" aria-label={cx.t("build-only")}>
            <header>
                <h3>{ cx.t("build-only") }</h3>
                <button type="button" onclick={cx.on(msg)}>{ cx.t("tab.layers") }</button>
            </header>
            <ul>{ for parts.iter().map(part) }</ul>
            <p class="hint">{ cx.t("build-only.advice") }</p>
        </section>
    }
}

fn findings(cx: &ViewContext) -> Html {
    let checks = &cx.model.checks;
    if checks.is_empty() {
        return html! {};
    }
    let safe_fixes = checks.iter().filter_map(|check| check.fix.as_ref()).filter(|fix| fix.safe).count();
    html! {
        <section class="card checks" id="checks" aria-label={cx.t("checks")}>
            <header>
                <h3>{ format!("{} ({})", cx.t("checks"), checks.len()) }</h3>
                if safe_fixes > 1 {
                    <button type="button" class="apply" id="apply-safe" onclick={cx.on(Msg::ApplySafeFixes)}>{ cx.t("apply-safe") }</button>
                }
            </header>
            <ul>{ for checks.iter().enumerate().map(|(index, check)| row(cx, index, check)) }</ul>
        </section>
    }
}

fn row(cx: &ViewContext, index: usize, check: &Check) -> Html {
    let rule = check.name.as_ref().map_or_else(|| check.rule.clone(), |name| format!("{} {name}", check.rule));
    let rule = match &check.url {
        Some(url) => html! { <a href={url.clone()} target="_blank" rel="noreferrer">{ rule }</a> },
        None => html! { <span>{ rule }</span> },
    };
    html! {
        <li data-rule={check.rule.clone()}>
            <div>
                { cx.line_button(check.line) }
                <small class="rule">{ rule }</small>
                { for check.cost.iter().map(|cost| labelled_size(cx, cost)) }
                <p>{ &check.message }</p>
            </div>
            { for check.fix.iter().map(|fix| {
                let title = if fix.title.is_empty() { cx.t("fix-title") } else { fix.title.clone() };
                html! {
                    <button type="button" class="apply" title={title.clone()} aria-label={format!("{}{}{title}", cx.t("apply"), cx.colon())}
                        onclick={cx.on(Msg::ApplyCheckFix(index))}>{ cx.t("apply") }</button>
                }
            }) }
        </li>
    }
}
