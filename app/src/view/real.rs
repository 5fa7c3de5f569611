//! The real build: what an engine does, live, and beside it what was simulated.

use super::Scene;
use crate::state::{Msg, RealBuild, RealMsg, Server, Stand, words};
use stageplay_core::api::{EngineReport, Problem, State};
use stageplay_core::compare::{Comparison, Part, Same};
use stageplay_core::measure::human_size;
use stageplay_core::words::say;
use yew::prelude::*;

/// Where the page stands alone: what it would take, in one line below the rest.
pub(super) fn without_a_server(scene: &Scene) -> Html {
    if scene.model.real.server != Server::Absent {
        return html! {};
    }
    html! {
        <section class="card real" id="real" aria-label={scene.t("real")}>
            <h2>{ scene.t("real") }</h2>
            <p class="basis">{ scene.t("real.no-server") }{ " " }<code>{ "stageplay serve" }</code></p>
        </section>
    }
}

pub(super) fn view(scene: &Scene) -> Html {
    if scene.model.real.server == Server::Absent {
        return html! {};
    }
    html! {
        <section class="card real" id="real" aria-label={scene.t("real")}>
            <h2>{ scene.t("real") }</h2>
            { match &scene.model.real.server {
                Server::Absent | Server::Asked => html! { <p class="basis" role="status">{ scene.t("real.asking") }</p> },
                Server::Lost(problem) => missing(scene, problem),
                Server::Is(engine) => match &engine.problem {
                    Some(problem) => missing(scene, problem),
                    None => ready(scene, engine),
                },
            } }
            { for scene.model.real.build.iter().map(|build| progress(scene, build)) }
            { calibration(scene) }
        </section>
    }
}

/// What was taken over from the engine: to be kept as a file, which `build --catalog` reads, or forgotten.
fn calibration(scene: &Scene) -> Html {
    let facts = &scene.model.real.calibration;
    if facts.is_empty() {
        return html! {};
    }
    let file = format!("data:application/jsonl;charset=utf-8,{}", String::from(js_sys::encode_uri_component(facts)));
    let count = scene.t("real.calibrated").replace("{count}", &facts.lines().count().to_string());
    html! {
        <p class="basis" id="calibration">
            { count }{ " " }
            <a href={file} download="stageplay-catalog.jsonl">{ scene.t("real.calibration-file") }</a>{ " " }
            <button type="button" id="forget-calibration" onclick={scene.on(Msg::Real(RealMsg::Forget))}>{ scene.t("real.forget") }</button>
        </p>
    }
}

fn missing(scene: &Scene, problem: &Problem) -> Html {
    html! {
        <div class="warnings">
            <p>{ scene.t("real.no-engine") }{ " " }{ words(problem) }</p>
            <button type="button" id="ask-engine" onclick={scene.on(Msg::Real(RealMsg::Ask))}>{ scene.t("real.ask-again") }</button>
        </div>
    }
}

fn ready(scene: &Scene, engine: &EngineReport) -> Html {
    let busy = scene.model.real.is_busy();
    let name = format!("{} {}", engine.kind, engine.version.as_deref().unwrap_or_default());
    html! {
        <>
            <p class="basis">{ scene.t("real.on") }{ " " }<b>{ name }</b>{ " · " }{ bounds(scene, engine) }</p>
            <p>
                <button type="button" class="apply" id="build-real" disabled={busy} onclick={scene.on(Msg::Real(RealMsg::Build))}>{ scene.t("real.build") }</button>
                { if busy { html! {
                    <button type="button" id="cancel-real" onclick={scene.on(Msg::Real(RealMsg::Cancel))}>{ scene.t("real.cancel") }</button>
                } } else { html! {} } }
            </p>
        </>
    }
}

/// The bounds in one line, with what of them does not hold.
fn bounds(scene: &Scene, engine: &EngineReport) -> Html {
    let network = scene.t(if engine.network { "real.network" } else { "real.no-network" });
    let shown = engine.limits.iter().map(|limit| {
        let value = match limit.unit.as_str() {
            "bytes" => human_size(limit.value as u64, 3),
            "seconds" => format!("{} s", limit.value),
            _ => limit.value.to_string(),
        };
        let caveat = limit.caveat.as_ref().map(|caveat| format!(" ({caveat})")).unwrap_or_default();
        format!("{}: {value}{caveat}", limit.what)
    });
    let title = shown.collect::<Vec<_>>().join("\n");
    let weak = engine.limits.iter().any(|limit| limit.caveat.is_some());
    html! { <span title={title}>{ network }{ if weak { format!(" · {}", scene.t("real.weak-limits")) } else { String::new() } }</span> }
}

fn progress(scene: &Scene, build: &RealBuild) -> Html {
    let (class, mark, text) = match build.state {
        State::Queued => ("unknown", "…", scene.t("real.queued")),
        State::Running => ("unknown", "▶", scene.t("real.running")),
        State::Succeeded => ("starts", "✓", scene.t("real.succeeded")),
        State::Failed => ("fails", "✗", scene.t("real.failed")),
        State::Cancelled => ("unknown", "■", scene.t("real.cancelled")),
    };
    let done = build.steps.iter().filter(|step| step.stand != Stand::Running).count();
    let position = build.position.filter(|_| build.state == State::Queued);
    let error = build.report.as_ref().and_then(|report| report.error.as_ref());
    html! {
        <div class="real-build" data-state={format!("{:?}", build.state).to_lowercase()}>
            <div class={classes!("headline", class)} role="status" aria-live="polite">
                <span class="mark" aria-hidden="true">{ mark }</span>
                <div>
                    <strong>{ text }</strong>
                    { for position.map(|position| html! { <span>{ format!("{} {position}", scene.t("real.before")) }</span> }) }
                    { for build.seconds.map(|seconds| html! { <span class="total">{ format!("{seconds:.1} s") }</span> }) }
                    { for build.problem.iter().map(|problem| html! { <p>{ words(problem) }</p> }) }
                    { for error.map(|error| html! { <p class="engine-words">{ &error.message }</p> }) }
                </div>
            </div>
            { if !build.state.is_final() { html! {
                <progress max={build.steps.len().max(1).to_string()} value={done.to_string()} aria-label={scene.t("real.running")}></progress>
            } } else { html! {} } }
            { for build.comparison.as_ref().map(|comparison| compared(scene, build, comparison)) }
            { steps(scene, build) }
            { log(scene, build) }
        </div>
    }
}

fn steps(scene: &Scene, build: &RealBuild) -> Html {
    if build.steps.is_empty() {
        return html! {};
    }
    html! {
        <details open={!build.state.is_final()}>
            <summary>{ scene.t("real.steps") }{ format!(" ({})", build.steps.len()) }</summary>
            <ol class="real-steps">
                { for build.steps.iter().map(|step| {
                    let (class, mark) = match step.stand {
                        Stand::Running => ("running", "▶"),
                        Stand::Done => ("ok", "✓"),
                        Stand::Cached => ("ok cached", "="),
                        Stand::Failed => ("bad", "✗"),
                    };
                    let time = match step.stand {
                        Stand::Running => String::new(),
                        Stand::Cached => scene.t("real.cached"),
                        _ => format!("{:.1} s", step.seconds),
                    };
                    let name = html! { <code>{ &step.name }</code> };
                    html! {
                        <li class={class}>
                            <span aria-hidden="true">{ mark }</span>
                            { match step.line {
                                Some(line) => html! { <button type="button" class="link" onclick={scene.on(Msg::GoTo(line))}>{ name }</button> },
                                None => name,
                            } }
                            <small>{ time }</small>
                            { for step.error.iter().map(|error| html! { <p class="engine-words">{ error }</p> }) }
                        </li>
                    }
                }) }
            </ol>
        </details>
    }
}

fn log(scene: &Scene, build: &RealBuild) -> Html {
    html! {
        <>
            { if build.log.is_empty() { html! {} } else { html! {
                <details open={!build.state.is_final()}>
                    <summary>{ scene.t("real.log") }</summary>
                    <pre class="real-log" tabindex="0">{ &build.log }</pre>
                </details>
            } } }
            { if build.output.is_empty() { html! {} } else { html! {
                <figure class="output">
                    <figcaption>{ scene.t("real.output") }</figcaption>
                    <pre tabindex="0">{ &build.output }</pre>
                </figure>
            } } }
        </>
    }
}

fn compared(scene: &Scene, build: &RealBuild, comparison: &Comparison) -> Html {
    let counts = [
        ("equal", comparison.equal),
        ("close", comparison.close),
        ("differs", comparison.differ),
        ("unknown", comparison.unknown),
    ];
    let base_differs = comparison.parts.iter().any(|part| part.what == "base" && part.same != Same::Equal);
    let simulation_fails = build.report.as_ref().is_some_and(|report| report.image.is_some())
        && comparison.parts.iter().any(|part| part.what == "build" && part.same == Same::Differs);
    html! {
        <div class="comparison">
            <p class="basis">
                { for counts.iter().filter(|(_, count)| *count > 0).map(|(id, count)| html! {
                    <span class={classes!("chip", *id)}>{ format!("{count} {}", scene.t(&format!("same.{id}"))) }</span>
                }) }
            </p>
            <table>
                <thead><tr><th></th><th>{ scene.t("part") }</th><th>{ scene.t("simulated") }</th><th>{ scene.t("real.side") }</th></tr></thead>
                <tbody>{ for comparison.parts.iter().map(|part| row(scene, part)) }</tbody>
            </table>
            { if base_differs || simulation_fails { calibrate(scene) } else { html! {} } }
        </div>
    }
}

fn calibrate(scene: &Scene) -> Html {
    html! {
        <p>
            <button type="button" id="calibrate" disabled={scene.model.real.calibrating} onclick={scene.on(Msg::Real(RealMsg::Calibrate))}>
                { scene.t(if scene.model.real.calibrating { "real.calibrating" } else { "real.calibrate" }) }
            </button>
            <small>{ scene.t("real.calibrate-hint") }</small>
        </p>
    }
}

fn row(scene: &Scene, part: &Part) -> Html {
    let (class, mark) = match part.same {
        Same::Equal => ("equal", "="),
        Same::Close => ("close", "≈"),
        Same::Differs => ("differs", "≠"),
        Same::Unknown => ("unknown", "?"),
    };
    let delta = part.delta_bytes.filter(|delta| *delta != 0).map(|delta| {
        let sign = if delta < 0 { "−" } else { "+" };
        format!(" ({sign}{})", human_size(delta.unsigned_abs(), 3))
    });
    let what = say::<&str>(scene.model.language, &format!("compare.what.{}", part.what), &[]);
    let name = html! { <>{ what }{ " " }<code>{ short(&part.name) }</code></> };
    html! {
        <tr class={class} data-what={part.what.clone()}>
            <td><span title={scene.t(&format!("same.{class}"))}>{ mark }</span></td>
            <td>
                { match part.line {
                    Some(line) => html! { <button type="button" class="link" onclick={scene.on(Msg::GoTo(line))}>{ name }</button> },
                    None => name,
                } }
                { for part.why.iter().map(|why| html! { <p class="why">{ why }</p> }) }
                { if part.details.is_empty() { html! {} } else { html! {
                    <details><summary>{ scene.t("real.entries") }</summary><pre tabindex="0">{ part.details.join("\n") }</pre></details>
                } } }
            </td>
            <td>{ short(&part.simulated) }</td>
            <td>{ short(&part.real) }{ for delta }</td>
        </tr>
    }
}

fn short(text: &str) -> String {
    const MOST: usize = 160;
    if text.chars().count() <= MOST { text.to_string() } else { text.chars().take(MOST).chain(['…']).collect() }
}
