//! The real build: what an engine does, live, and its comparison with the simulation.

mod build_progress;
mod calibration;
mod comparison;

use super::view_context::ViewContext;
use crate::state::{Msg, RealBuildMsg, ServerState, problem_text};
use stageplay_report::api::{EngineReport, Problem};
use stageplay_report::measure::human_size;
use yew::prelude::*;

/// A card for a page with a server: its engine, the last build, the calibration.
pub(super) fn view(cx: &ViewContext) -> Html {
    html! {
        <section class="card real" id="real" aria-label={cx.t("real")}>
            <h2>{ cx.t("real") }</h2>
            { match &cx.model.real_builds.server {
                ServerState::Absent | ServerState::Connecting => html! { <p class="basis" role="status">{ cx.t("real.connecting") }</p> },
                ServerState::Unreachable(problem) => unavailable(cx, problem),
                ServerState::Connected(engine) => match &engine.problem {
                    Some(problem) => unavailable(cx, problem),
                    None => ready(cx, engine),
                },
            } }
            { for cx.model.real_builds.build.iter().map(|build| build_progress::view(cx, build)) }
            { calibration::view(cx) }
        </section>
    }
}

/// Why no real build is possible.
fn unavailable(cx: &ViewContext, problem: &Problem) -> Html {
    html! {
        <p class="basis">
            { problem_text(cx.model.language, problem) }{ " " }
            <button type="button" class="link" id="ask-engine" onclick={cx.on(Msg::RealBuild(RealBuildMsg::QueryEngine))}>{ cx.t("real.retry") }</button>
        </p>
    }
}

/// The engine, and a button that starts a build.
fn ready(cx: &ViewContext, engine: &EngineReport) -> Html {
    let busy = cx.model.real_builds.is_busy();
    let name = format!("{} {}", engine.kind, engine.version.as_deref().unwrap_or_default());
    html! {
        <>
            <p class="basis">{ cx.t("real.engine") }{ " " }<b>{ name }</b>{ " · " }{ limits(cx, engine) }</p>
            <p>
                <button type="button" class="apply" id="build-real" disabled={busy} onclick={cx.on(Msg::RealBuild(RealBuildMsg::Start))}>{ cx.t("real.build") }</button>
                { if busy { html! {
                    <button type="button" id="cancel-real" onclick={cx.on(Msg::RealBuild(RealBuildMsg::Cancel))}>{ cx.t("real.cancel") }</button>
                } } else { html! {} } }
            </p>
        </>
    }
}

/// The network and the limits of the builds; the tooltip lists the limits and where they do not hold.
fn limits(cx: &ViewContext, engine: &EngineReport) -> Html {
    let network = cx.t(if engine.network { "real.network" } else { "real.no-network" });
    let lines = engine.limits.iter().map(|limit| {
        let value = match limit.unit.as_str() {
            "bytes" => human_size(limit.value as u64, 3),
            "seconds" => format!("{} s", limit.value),
            _ => limit.value.to_string(),
        };
        let caveat = limit.caveat.as_ref().map(|caveat| format!(" ({caveat})")).unwrap_or_default();
        format!("{}: {value}{caveat}", limit.what)
    });
    let title = lines.collect::<Vec<_>>().join("\n");
    let weak = engine.limits.iter().any(|limit| limit.caveat.is_some());
    html! { <span title={title}>{ network }{ if weak { format!(" · {}", cx.t("real.weak-limits")) } else { String::new() } }</span> }
}
