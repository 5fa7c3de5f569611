//! The selected stage or image: its steps with their sizes, what a real build made of them, and the target.

use super::duration;
use super::graph::name;
use crate::state::{Msg, RealStep, StagesMsg, StepState};
use crate::view::size::labelled_size;
use crate::view::text_format::shorten;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{Outcome, StageGraph};
use stageplay_report::{Size, Step};
use yew::prelude::*;

/// The most characters of an instruction.
const MAX_TEXT: usize = 90;

pub(super) fn view(cx: &ViewContext, outcome: &Outcome, graph: &StageGraph) -> Html {
    let Some(index) = cx.model.stages.selected else { return html! {} };
    let Some(node) = graph.nodes.get(index) else { return html! {} };
    let stages = &outcome.report.stages;
    let title = name(cx, stages, graph, index);
    let close = cx.on(Msg::Stages(StagesMsg::Select(None)));
    let Some(stage) = stages.get(index).filter(|_| node.image.is_none()) else {
        return html! {
            <section class="details" id="stage-details" aria-label={title.clone()}>
                <header><h4><code>{ title }</code></h4>{ close_button(cx, close) }</header>
                <p>{ cx.t("stages.image-is") }{ " " }{ for node.size.iter().map(|size| labelled_size(cx, size)) }</p>
            </section>
        };
    };
    let steps: Vec<&Step> = outcome.report.steps.iter().filter(|step| step.stage == index).collect();
    let bytes =
        |step: &Step| step.layer.as_ref().map_or(0, |layer| layer.size.bytes.or(layer.size.at_least).unwrap_or(0));
    let largest = steps.iter().map(|step| bytes(step)).max().unwrap_or(0).max(1);
    let time = |line: usize| {
        outcome
            .timeline
            .steps
            .iter()
            .find(|timed| timed.line == Some(line) && timed.stage == Some(index))
            .map(|timed| timed.seconds)
    };
    let is_target = index == graph.target;
    let is_last = index + 1 == stages.len();
    let target = match (is_target, is_last) {
        (false, _) => Some((Some(index), "stages.build-this")),
        (true, false) => Some((None, "stages.build-last")),
        (true, true) => None,
    };
    let lines = node.lines.map(|(first, last)| {
        cx.t("stages.lines").replace("{first}", &first.to_string()).replace("{last}", &last.to_string())
    });
    let real = cx.model.real_builds.build.as_ref();
    let real_step = |line: usize| real.and_then(|build| build.steps.iter().find(|step| step.line == Some(line)));
    html! {
        <section class="details" id="stage-details" aria-label={title.clone()}>
            <header>
                <h4><code>{ title }</code></h4>
                <small>{ for lines }</small>
                { for target.map(|(stage, words)| html! {
                    <button type="button" id="build-stage" onclick={cx.on(Msg::Stages(StagesMsg::SelectTarget(stage)))}>{ cx.t(words) }</button>
                }) }
                { close_button(cx, close) }
            </header>
            { if !stage.built { html! { <p>{ cx.t("stages.why-skipped") }</p> } } else { html! {
                <ol>
                    { for steps.iter().map(|step| {
                        let share = (bytes(step) * 100 / largest).to_string();
                        let layer = step.layer.as_ref().map(|layer| &layer.size);
                        row(cx, step, layer, &share, time(step.line), real_step(step.line))
                    }) }
                </ol>
            } } }
        </section>
    }
}

fn close_button(cx: &ViewContext, close: Callback<MouseEvent>) -> Html {
    html! { <button type="button" class="close" id="close-stage" aria-label={cx.t("stages.close")} title={cx.t("stages.close")} onclick={close}>{ "×" }</button> }
}

fn row(
    cx: &ViewContext,
    step: &Step,
    size: Option<&Size>,
    share: &str,
    time: Option<f32>,
    real: Option<&RealStep>,
) -> Html {
    let text = step.created_by.lines().next().unwrap_or_default();
    let time = time.filter(|seconds| *seconds >= 0.05).map(|seconds| format!("≥ {}", duration(cx, seconds)));
    html! {
        <li class={step.failed.then_some("failed")}>
            { cx.line_button(step.line) }
            <code title={step.created_by.clone()}>{ shorten(text, MAX_TEXT) }</code>
            <span class="time">{ for time }</span>
            <span class="weight">
                { for size.map(Size::marked_text) }
                <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="share" width={share.to_string()} height="4" /></svg>
            </span>
            { for real.map(|real| {
                let (class, text) = match real.state {
                    StepState::Running => ("real-running", format!("▶ {}", cx.t("real.running"))),
                    StepState::Cached => ("real-done", format!("= {}", cx.t("real.cached"))),
                    StepState::Failed => ("real-failed", format!("✗ {}", cx.t("real.failed"))),
                    StepState::Done => ("real-done", format!("✓ {:.1} {}", real.seconds, cx.t("stages.seconds"))),
                };
                html! { <small class={class}>{ format!("{}{}{text}", cx.t("real.label"), cx.colon()) }</small> }
            }) }
        </li>
    }
}
