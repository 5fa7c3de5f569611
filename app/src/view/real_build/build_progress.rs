//! The progress of a real build: its state, its steps, its log.

use super::comparison;
use crate::state::{RealBuild, StepState, problem_text};
use crate::view::view_context::ViewContext;
use stageplay_report::api::State;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, build: &RealBuild) -> Html {
    let (class, mark, text) = match build.state {
        State::Queued => ("unknown", "…", cx.t("real.queued")),
        State::Running => ("unknown", "▶", cx.t("real.running")),
        State::Succeeded => ("starts", "✓", cx.t("real.succeeded")),
        State::Failed => ("fails", "✗", cx.t("real.failed")),
        State::Cancelled => ("unknown", "■", cx.t("real.cancelled")),
    };
    let done = build.steps.iter().filter(|step| step.state != StepState::Running).count();
    let position = build.position.filter(|_| build.state == State::Queued);
    let error = build.report.as_ref().and_then(|report| report.error.as_ref());
    html! {
        <div class="real-build" data-state={format!("{:?}", build.state).to_lowercase()}>
            <div class={classes!("headline", class)} role="status" aria-live="polite">
                <span class="mark" aria-hidden="true">{ mark }</span>
                <div>
                    <strong>{ text }</strong>
                    { for position.map(|position| html! { <span>{ format!("{} {position}", cx.t("real.queue-position")) }</span> }) }
                    { for build.seconds.map(|seconds| html! { <span class="total">{ format!("{seconds:.1} s") }</span> }) }
                    { for build.problem.iter().map(|problem| html! { <p>{ problem_text(cx.model.language, problem) }</p> }) }
                    { for error.map(|error| html! { <p class="engine-words">{ &error.message }</p> }) }
                </div>
            </div>
            { if !build.state.is_final() { html! {
                <progress max={build.steps.len().max(1).to_string()} value={done.to_string()} aria-label={cx.t("real.running")}></progress>
            } } else { html! {} } }
            { for build.comparison.as_ref().map(|compared| comparison::view(cx, build, compared)) }
            { steps(cx, build) }
            { log(cx, build) }
        </div>
    }
}

/// The steps with their state and duration.
fn steps(cx: &ViewContext, build: &RealBuild) -> Html {
    if build.steps.is_empty() {
        return html! {};
    }
    html! {
        <details open={!build.state.is_final()}>
            <summary>{ cx.t("real.steps") }{ format!(" ({})", build.steps.len()) }</summary>
            <ol class="real-steps">
                { for build.steps.iter().map(|step| {
                    let (class, mark) = match step.state {
                        StepState::Running => ("running", "▶"),
                        StepState::Done => ("ok", "✓"),
                        StepState::Cached => ("ok cached", "="),
                        StepState::Failed => ("bad", "✗"),
                    };
                    let time = match step.state {
                        StepState::Running => String::new(),
                        StepState::Cached => cx.t("real.cached"),
                        _ => format!("{:.1} s", step.seconds),
                    };
                    let name = html! { <code>{ &step.name }</code> };
                    html! {
                        <li class={class}>
                            <span aria-hidden="true">{ mark }</span>
                            { cx.line_link(step.line, name) }
                            <small>{ time }</small>
                            { for step.error.iter().map(|error| html! { <p class="engine-words">{ error }</p> }) }
                        </li>
                    }
                }) }
            </ol>
        </details>
    }
}

/// The log of the build, and the output of the container.
fn log(cx: &ViewContext, build: &RealBuild) -> Html {
    html! {
        <>
            { if build.log.is_empty() { html! {} } else { html! {
                <details open={!build.state.is_final()}>
                    <summary>{ cx.t("real.log") }</summary>
                    <pre class="real-log" tabindex="0">{ &build.log }</pre>
                </details>
            } } }
            { if build.output.is_empty() { html! {} } else { html! {
                <figure class="output">
                    <figcaption>{ cx.t("real.output") }</figcaption>
                    <pre tabindex="0">{ &build.output }</pre>
                </figure>
            } } }
        </>
    }
}
