//! The steps in time: a lane for each stage, a bar for each step, and what decides the duration of the build.

use super::duration;
use crate::state::Msg;
use crate::view::text_format::shorten;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{Outcome, TimedStep};
use yew::prelude::*;

/// The width of the bars, and of the names before them.
const WIDTH: f32 = 560.0;
const NAMES: f32 = 110.0;
/// The height of a lane.
const LANE: f32 = 26.0;
/// The most lanes.
const MAX_LANES: usize = 60;

pub(super) fn view(cx: &ViewContext, outcome: &Outcome) -> Html {
    let timeline = &outcome.timeline;
    if timeline.seconds <= 0.0 {
        return html! {};
    }
    let stages: Vec<usize> =
        outcome.report.stages.iter().filter(|stage| stage.built).map(|stage| stage.index).collect();
    let has_pulls = timeline.steps.iter().any(|step| step.stage.is_none());
    let lanes: Vec<Option<usize>> =
        has_pulls.then_some(None).into_iter().chain(stages.into_iter().map(Some)).take(MAX_LANES).collect();
    let name = |lane: &Option<usize>| match lane {
        None => cx.t("stages.downloads"),
        Some(stage) => {
            let name = outcome.report.stages.get(*stage).and_then(|stage| stage.name.clone());
            name.unwrap_or_else(|| format!("{} {stage}", cx.t("stage")))
        }
    };
    let height = LANE * lanes.len() as f32 + 20.0;
    let summary = cx.t(if timeline.sum > timeline.seconds * 1.02 { "stages.time-parallel" } else { "stages.time" });
    let summary =
        summary.replace("{time}", &duration(cx, timeline.seconds)).replace("{sum}", &duration(cx, timeline.sum));
    html! {
        <details class="timeline" id="timeline">
            <summary>{ summary }</summary>
            <svg viewBox={format!("0 0 {:.0} {height:.0}", NAMES + WIDTH)} role="img" aria-label={described(cx, &timeline.steps)}>
                { for lanes.iter().enumerate().map(|(row, lane)| {
                    let y = row as f32 * LANE;
                    html! {
                        <g class="lane">
                            <text x="0" y={format!("{:.1}", y + 17.0)}>{ shorten(&name(lane), 15) }</text>
                            <rect class="ground" x={NAMES.to_string()} y={format!("{:.1}", y + 3.0)} width={WIDTH.to_string()} height={(LANE - 6.0).to_string()} rx="4" />
                            { for timeline.steps.iter().filter(|step| step.stage == *lane).map(|step| bar(cx, step, y, timeline.seconds)) }
                        </g>
                    }
                }) }
                <text class="axis" x={NAMES.to_string()} y={format!("{:.1}", height - 4.0)}>{ "0" }</text>
                <text class="axis" x={(NAMES + WIDTH).to_string()} y={format!("{:.1}", height - 4.0)} text-anchor="end">{ format!("≥ {}", duration(cx, timeline.seconds)) }</text>
            </svg>
            <p class="basis">{ cx.t("stages.time-basis") }</p>
        </details>
    }
}

fn bar(cx: &ViewContext, step: &TimedStep, y: f32, seconds: f32) -> Html {
    let (start, width) = (step.start / seconds * WIDTH, (step.seconds / seconds * WIDTH).max(1.5));
    let title = format!("{} · ≥ {}", step.text, duration(cx, step.seconds));
    let go = step.line.map(|line| cx.on(Msg::GoToLine(line)));
    html! {
        <g class={classes!("bar", step.is_critical.then_some("critical"))} onclick={go}>
            <title>{ title }</title>
            <rect x={format!("{:.1}", NAMES + start)} y={format!("{:.1}", y + 5.0)} width={format!("{width:.1}")} height={(LANE - 10.0).to_string()} rx="2" />
        </g>
    }
}

/// The steps that decide the duration, for whoever does not see the bars.
fn described(cx: &ViewContext, steps: &[TimedStep]) -> String {
    let critical = steps.iter().filter(|step| step.is_critical && step.seconds >= 0.05);
    let texts = critical.map(|step| format!("{} ≥ {}", shorten(&step.text, 60), duration(cx, step.seconds)));
    [cx.t("stages.sign.critical"), texts.collect::<Vec<_>>().join("; ")].join(cx.colon())
}
