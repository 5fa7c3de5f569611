//! What the checks found, each with its cost and a way out.

use super::Scene;
use crate::state::{Check, Msg};
use yew::prelude::*;

pub(super) fn view(scene: &Scene) -> Html {
    let checks = &scene.model.checks;
    if checks.is_empty() {
        return html! {};
    }
    let safe = checks.iter().filter_map(|check| check.fix.as_ref()).filter(|fix| fix.safe).count();
    html! {
        <section class="card checks" id="checks" aria-label={scene.t("checks")}>
            <header>
                <h3>{ format!("{} ({})", scene.t("checks"), checks.len()) }</h3>
                if safe > 1 {
                    <button type="button" class="apply" id="apply-safe" onclick={scene.on(Msg::ApplySafe)}>{ scene.t("apply-safe") }</button>
                }
            </header>
            <ul>{ for checks.iter().enumerate().map(|(index, check)| row(scene, index, check)) }</ul>
        </section>
    }
}

fn row(scene: &Scene, index: usize, check: &Check) -> Html {
    let rule = check.name.map_or_else(|| check.rule.to_string(), |name| format!("{} {name}", check.rule));
    let rule = match &check.url {
        Some(url) => html! { <a href={url.clone()} target="_blank" rel="noreferrer">{ rule }</a> },
        None => html! { <span>{ rule }</span> },
    };
    html! {
        <li data-rule={check.rule}>
            <div>
                <button type="button" class="line" onclick={scene.on(Msg::GoTo(check.line))}>{ format!("{} {}", scene.t("line"), check.line) }</button>
                <small class="rule">{ rule }</small>
                { for check.cost.iter().map(|cost| scene.size(cost)) }
                <p>{ &check.message }</p>
            </div>
            { for check.fix.iter().map(|fix| {
                let title = if fix.title.is_empty() { scene.t("fix-text") } else { fix.title.clone() };
                html! {
                    <button type="button" class="apply" title={title.clone()} aria-label={format!("{}: {title}", scene.t("apply"))}
                        onclick={scene.on(Msg::ApplyCheck(index))}>{ scene.t("apply") }</button>
                }
            }) }
        </li>
    }
}
