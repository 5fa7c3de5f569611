//! The stage chain as a picture: a box for each stage, arrows for what is built on or copied.

use super::Scene;
use stageplay_core::dockerfile::Kind;
use stageplay_core::measure::human_size;
use stageplay_core::plan::{Base, Plan};
use stageplay_core::report::Stage;
use yew::prelude::*;

const BOX_WIDTH: i32 = 250;
const BOX_HEIGHT: i32 = 64;
const GAP: i32 = 34;
const WIDTH: i32 = 470;

/// An arrow from one stage to another.
struct Arrow {
    from: usize,
    to: usize,
    label: String,
    copies: bool,
}

pub(super) fn view(scene: &Scene) -> Html {
    let (Some(report), Some(done)) = (&scene.model.report, &scene.model.simulation) else { return html! {} };
    let Some(plan) = &done.built.plan else { return html! {} };
    let arrows = arrows(plan);
    let height = report.stages.len() as i32 * (BOX_HEIGHT + GAP) - GAP + 4;
    let words: Vec<String> = arrows
        .iter()
        .map(|arrow| format!("{} → {}: {}", name(&report.stages, arrow.from), name(&report.stages, arrow.to), arrow.label))
        .collect();
    html! {
        <section class="card" aria-label={scene.t("stages")}>
            <h2>{ scene.t("stages") }</h2>
            <svg class="stages" viewBox={format!("0 0 {WIDTH} {height}")} role="img" aria-label={words.join("; ")}>
                <defs>
                    <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                        <path d="M0 0L8 4L0 8z" class="tip" />
                    </marker>
                </defs>
                { for report.stages.iter().map(|stage| stage_box(scene, stage, stage.index == plan.target)) }
                { for arrows.iter().enumerate().map(|(index, arrow)| arrow_view(arrow, index)) }
            </svg>
        </section>
    }
}

fn name(stages: &[Stage], index: usize) -> String {
    stages.get(index).and_then(|stage| stage.name.clone()).unwrap_or_else(|| index.to_string())
}

fn arrows(plan: &Plan) -> Vec<Arrow> {
    let mut all = Vec::new();
    for stage in &plan.stages {
        if let Base::Stage(from) = stage.base {
            all.push(Arrow { from, to: stage.index, label: "FROM".into(), copies: false });
        }
        let earlier = |word: &str| {
            plan.stages
                .iter()
                .take(stage.index)
                .find(|other| other.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(word)) || other.index.to_string() == word)
        };
        for instruction in &stage.instructions {
            if let (Kind::Copy { sources, .. }, Some(from)) = (&instruction.kind, instruction.flag("from"))
                && let Some(other) = earlier(from)
            {
                all.push(Arrow { from: other.index, to: stage.index, label: sources.join(" "), copies: true });
            }
        }
        for from in &stage.copies_from {
            if !all.iter().any(|arrow| arrow.to == stage.index && arrow.from == *from && arrow.copies) {
                all.push(Arrow { from: *from, to: stage.index, label: "--mount".into(), copies: true });
            }
        }
    }
    all
}

fn top(index: usize) -> i32 {
    2 + index as i32 * (BOX_HEIGHT + GAP)
}

fn short(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit { text.to_string() } else { text.chars().take(limit - 1).chain(['…']).collect() }
}

fn stage_box(scene: &Scene, stage: &Stage, target: bool) -> Html {
    let y = top(stage.index);
    let size = match (stage.built, stage.size.bytes, stage.size.at_least) {
        (false, ..) => scene.t("skipped"),
        (true, Some(bytes), _) => human_size(bytes, 3),
        (true, None, Some(bytes)) if bytes > 0 => format!("≥{}", human_size(bytes, 3)),
        _ => "?".to_string(),
    };
    let title = stage.name.clone().unwrap_or_else(|| format!("{} {}", scene.t("stage"), stage.index));
    html! {
        <g class={classes!("stage", (!stage.built).then_some("skipped"), target.then_some("target"))}>
            <rect x="2" y={y.to_string()} width={BOX_WIDTH.to_string()} height={BOX_HEIGHT.to_string()} rx="8" />
            <text x="16" y={(y + 26).to_string()} class="name">{ short(&title, 18) }</text>
            <text x={(BOX_WIDTH - 12).to_string()} y={(y + 26).to_string()} class="amount" text-anchor="end">{ size }</text>
            <text x="16" y={(y + 48).to_string()} class="base">{ format!("FROM {}", short(&stage.base, 26)) }</text>
        </g>
    }
}

fn arrow_view(arrow: &Arrow, index: usize) -> Html {
    let lane = (index % 3) as i32;
    let (x, out) = (BOX_WIDTH + 4, BOX_WIDTH + 34 + lane * 14);
    let (y1, y2) = (top(arrow.from) + BOX_HEIGHT / 2 + lane * 6, top(arrow.to) + BOX_HEIGHT / 2 - 8 + lane * 6);
    let path = format!("M{x} {y1} C{out} {y1} {out} {y2} {} {y2}", x + 2);
    let middle = (y1 + y2) / 2 + 4 + lane * 4;
    html! {
        <g class={if arrow.copies { "arrow copies" } else { "arrow base" }}>
            <path d={path} marker-end="url(#tip)" />
            <text x={(out + 2 - 8).to_string()} y={middle.to_string()}>{ short(&arrow.label, 24) }</text>
        </g>
    }
}
