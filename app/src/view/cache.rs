//! After an edit: which steps an engine would take from its cache, and why the others run anew.

use super::Scene;
use crate::state::{Msg, Reran};
use stageplay_core::words::say;
use yew::prelude::*;

pub(super) fn view(scene: &Scene) -> Html {
    let steps = &scene.model.reruns;
    if steps.is_empty() {
        return html! {};
    }
    let anew: Vec<&Reran> = steps.iter().filter(|step| step.why.is_some()).collect();
    let kept = steps.len() - anew.len();
    html! {
        <section class="card cache" id="cache" aria-label={scene.t("cache")}>
            <details>
                <summary>
                    <h3>{ scene.t("cache") }</h3>
                    <span class="tally" aria-hidden="true">
                        { for steps.iter().map(|step| html! { <i class={if step.why.is_some() { "anew" } else { "kept" }}></i> }) }
                    </span>
                    <span>{ format!("{kept} {} · {} {}", scene.t("cache-kept"), anew.len(), scene.t("cache-anew")) }</span>
                </summary>
                <ol>{ for steps.iter().map(|step| row(scene, step)) }</ol>
            </details>
            // The first cause in each stage is what one looks for.
            { for anew.first().map(|first| html! {
                <p class="basis"><code>{ &first.text }</code>{ format!(" {}: {}", scene.t("cache-because"), why(scene, first)) }</p>
            }) }
        </section>
    }
}

/// Why a step runs anew, or that it does not.
fn why(scene: &Scene, step: &Reran) -> String {
    match &step.why {
        Some(rerun) => say(scene.model.language, rerun.why, &[("what", &rerun.what)]),
        None => scene.t("cache-from"),
    }
}

fn row(scene: &Scene, step: &Reran) -> Html {
    html! {
        <li class={if step.why.is_some() { "anew" } else { "kept" }}>
            <button type="button" class="line" onclick={scene.on(Msg::GoTo(step.line))}>{ format!("{} {}", scene.t("line"), step.line) }</button>
            <code>{ &step.text }</code>
            <span class="why">{ why(scene, step) }</span>
        </li>
    }
}
