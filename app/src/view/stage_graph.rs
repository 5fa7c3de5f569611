//! The stages as a graph: a box for each stage, an arrow for each `FROM`, `COPY --from` and mount between stages.

use super::text_format::shorten;
use super::view_context::ViewContext;
use stageplay_protocol::{GraphArrow as Arrow, Outcome};
use stageplay_report::Stage;
use yew::prelude::*;

const BOX_WIDTH: i32 = 300;
const BOX_HEIGHT: i32 = 58;
/// With the space for the arrows to the right of the boxes.
const WIDTH: i32 = BOX_WIDTH + 52;
/// The space between two boxes.
const GAP: i32 = 16;
/// The height of an arrow's label.
const LABEL_HEIGHT: i32 = 18;

pub(super) fn view(cx: &ViewContext, outcome: &Outcome) -> Html {
    let Some(graph) = &outcome.graph else {
        return html! {};
    };
    let (report, arrows) = (&outcome.report, &graph.arrows);
    let tops = tops(report.stages.len(), arrows);
    let height = tops.last().map_or(0, |top| top + BOX_HEIGHT + 4);
    let descriptions: Vec<String> = arrows
        .iter()
        .map(|arrow| {
            format!(
                "{} → {}: {}",
                stage_name(&report.stages, arrow.from),
                stage_name(&report.stages, arrow.to),
                arrow.label
            )
        })
        .collect();
    html! {
        <svg class="stages" viewBox={format!("0 0 {WIDTH} {height}")} role="img" aria-label={descriptions.join("; ")}>
            <defs>
                <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                    <path d="M0 0L8 4L0 8z" class="tip" />
                </marker>
            </defs>
            { for report.stages.iter().zip(&tops).map(|(stage, top)| stage_box(cx, stage, *top, stage.index == graph.target)) }
            { for arrows.iter().enumerate().map(|(index, arrow)| arrow_view(&report.stages, arrows, arrow, index, &tops)) }
        </svg>
    }
}

/// The name of a stage, or its index.
fn stage_name(stages: &[Stage], index: usize) -> String {
    stages.get(index).and_then(|stage| stage.name.clone()).unwrap_or_else(|| index.to_string())
}

/// The top of each box. The labels of its incoming arrows are above it.
fn tops(stages: usize, arrows: &[Arrow]) -> Vec<i32> {
    let mut y = 2;
    (0..stages)
        .map(|stage| {
            let labels = arrows.iter().filter(|arrow| arrow.to == stage).count() as i32;
            y += if stage == 0 { 0 } else { GAP } + labels * LABEL_HEIGHT;
            let top = y;
            y += BOX_HEIGHT;
            top
        })
        .collect()
}

fn stage_box(cx: &ViewContext, stage: &Stage, y: i32, target: bool) -> Html {
    let size = if stage.built { stage.size.text(3) } else { cx.t("skipped") };
    let real = cx.model.real_builds.stage_progress(stage.index);
    let real_class = real.map(|progress| match (progress.failed, progress.done == progress.started) {
        (true, _) => "real-failed",
        (false, true) => "real-done",
        (false, false) => "real-running",
    });
    let title = stage.name.clone().unwrap_or_else(|| format!("{} {}", cx.t("stage"), stage.index));
    html! {
        <g class={classes!("stage", (!stage.built).then_some("skipped"), target.then_some("target"))}>
            <rect x="2" y={y.to_string()} width={BOX_WIDTH.to_string()} height={BOX_HEIGHT.to_string()} rx="8" />
            <text x="16" y={(y + 24).to_string()} class="name">{ shorten(&title, 22) }</text>
            <text x={(BOX_WIDTH - 12).to_string()} y={(y + 24).to_string()} class="amount" text-anchor="end">{ size }</text>
            <text x="16" y={(y + 44).to_string()} class="base">{ format!("FROM {}", shorten(&stage.base, if real.is_some() { 24 } else { 32 })) }</text>
            { for real.zip(real_class).map(|(progress, class)| html! {
                <text x={(BOX_WIDTH - 12).to_string()} y={(y + 44).to_string()} class={classes!("real", class)} text-anchor="end">
                    { format!("{} {}/{}", cx.t("real.label"), progress.done, progress.started) }
                </text>
            }) }
        </g>
    }
}

fn arrow_view(stages: &[Stage], arrows: &[Arrow], arrow: &Arrow, index: usize, tops: &[i32]) -> Html {
    let top = |stage: usize| tops.get(stage).copied().unwrap_or(0);
    // Lanes keep neighboring arrows from covering each other.
    let lane = (index % 3) as i32;
    let x = BOX_WIDTH + 4;
    let out = x + 26 + lane * 12;
    let (y1, y2) = (top(arrow.from) + BOX_HEIGHT / 2 + lane * 5, top(arrow.to) + BOX_HEIGHT / 2 - 5 + lane * 5);
    let path = format!("M{x} {y1} C{out} {y1} {out} {y2} {} {y2}", x + 2);
    let incoming: Vec<&Arrow> = arrows.iter().filter(|other| other.to == arrow.to).collect();
    let row = incoming.iter().position(|other| std::ptr::eq(*other, arrow)).unwrap_or(0) as i32;
    let label_y = top(arrow.to) - 8 - (incoming.len() as i32 - 1 - row) * LABEL_HEIGHT;
    let label = format!("↓ {}: {}", shorten(&stage_name(stages, arrow.from), 14), shorten(&arrow.label, 30));
    html! {
        <g class={if arrow.copies { "arrow copies" } else { "arrow base" }}>
            <path d={path} marker-end="url(#tip)" />
            <text x="16" y={label_y.to_string()}>{ label }</text>
        </g>
    }
}
