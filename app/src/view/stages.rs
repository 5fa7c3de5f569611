//! The stage chain as a picture: a box for each stage, arrows for what is built on or copied.

use super::Scene;
use stageplay_core::dockerfile::Kind;
use stageplay_core::measure::human_size;
use stageplay_core::plan::{Base, Plan};
use stageplay_core::report::Stage;
use yew::prelude::*;

const BOX_WIDTH: i32 = 300;
const BOX_HEIGHT: i32 = 58;
/// Room for the arrows, right of the boxes.
const WIDTH: i32 = BOX_WIDTH + 52;
/// Space between boxes, and for each line that says what is copied.
const GAP: i32 = 16;
const LINE: i32 = 18;

/// An arrow from one stage to another.
struct Arrow {
    from: usize,
    to: usize,
    label: String,
    copies: bool,
}

pub(super) fn view(scene: &Scene) -> Html {
    let (Some(report), Some(done)) = (&scene.model.report, &scene.model.simulation) else {
        return html! {};
    };
    let Some(plan) = &done.built.plan else {
        return html! {};
    };
    let arrows = arrows(plan);
    let tops = tops(report.stages.len(), &arrows);
    let height = tops.last().map_or(0, |top| top + BOX_HEIGHT + 4);
    let words: Vec<String> = arrows
        .iter()
        .map(|arrow| {
            format!("{} → {}: {}", name(&report.stages, arrow.from), name(&report.stages, arrow.to), arrow.label)
        })
        .collect();
    html! {
            <svg class="stages" viewBox={format!("0 0 {WIDTH} {height}")} role="img" aria-label={words.join("; ")}>
                <defs>
                    <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                        <path d="M0 0L8 4L0 8z" class="tip" />
                    </marker>
                </defs>
                { for report.stages.iter().zip(&tops).map(|(stage, top)| stage_box(scene, stage, *top, stage.index == plan.target)) }
                { for arrows.iter().enumerate().map(|(index, arrow)| arrow_view(&report.stages, &arrows, arrow, index, &tops)) }
            </svg>
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
            plan.stages.iter().take(stage.index).find(|other| {
                other.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(word))
                    || other.index.to_string() == word
            })
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

/// Where each box begins: above it stand the lines that say what comes into it.
fn tops(stages: usize, arrows: &[Arrow]) -> Vec<i32> {
    let mut at = 2;
    (0..stages)
        .map(|stage| {
            let lines = arrows.iter().filter(|arrow| arrow.to == stage).count() as i32;
            at += if stage == 0 { 0 } else { GAP } + lines * LINE;
            let top = at;
            at += BOX_HEIGHT;
            top
        })
        .collect()
}

fn short(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit { text.to_string() } else { text.chars().take(limit - 1).chain(['…']).collect() }
}

fn stage_box(scene: &Scene, stage: &Stage, y: i32, target: bool) -> Html {
    let size = match (stage.built, stage.size.bytes, stage.size.at_least) {
        (false, ..) => scene.t("skipped"),
        (true, Some(bytes), _) => human_size(bytes, 3),
        (true, None, Some(bytes)) if bytes > 0 => format!("≥{}", human_size(bytes, 3)),
        _ => "?".to_string(),
    };
    let real = scene.model.real.stage(stage.index);
    let real_class = real.map(|(done, all, failed)| match (failed, done == all) {
        (true, _) => "real-failed",
        (false, true) => "real-done",
        (false, false) => "real-running",
    });
    let title = stage.name.clone().unwrap_or_else(|| format!("{} {}", scene.t("stage"), stage.index));
    html! {
        <g class={classes!("stage", (!stage.built).then_some("skipped"), target.then_some("target"))}>
            <rect x="2" y={y.to_string()} width={BOX_WIDTH.to_string()} height={BOX_HEIGHT.to_string()} rx="8" />
            <text x="16" y={(y + 24).to_string()} class="name">{ short(&title, 22) }</text>
            <text x={(BOX_WIDTH - 12).to_string()} y={(y + 24).to_string()} class="amount" text-anchor="end">{ size }</text>
            <text x="16" y={(y + 44).to_string()} class="base">{ format!("FROM {}", short(&stage.base, if real.is_some() { 24 } else { 32 })) }</text>
            { for real.zip(real_class).map(|((done, all, _), class)| html! {
                <text x={(BOX_WIDTH - 12).to_string()} y={(y + 44).to_string()} class={classes!("real", class)} text-anchor="end">
                    { format!("{} {done}/{all}", scene.t("real.side")) }
                </text>
            }) }
        </g>
    }
}

fn arrow_view(stages: &[Stage], all: &[Arrow], arrow: &Arrow, index: usize, tops: &[i32]) -> Html {
    let top = |stage: usize| tops.get(stage).copied().unwrap_or(0);
    // Arrows side by side must not cover each other.
    let lane = (index % 3) as i32;
    let x = BOX_WIDTH + 4;
    let out = x + 26 + lane * 12;
    let (y1, y2) = (top(arrow.from) + BOX_HEIGHT / 2 + lane * 5, top(arrow.to) + BOX_HEIGHT / 2 - 5 + lane * 5);
    let path = format!("M{x} {y1} C{out} {y1} {out} {y2} {} {y2}", x + 2);
    let own: Vec<&Arrow> = all.iter().filter(|other| other.to == arrow.to).collect();
    let row = own.iter().position(|other| std::ptr::eq(*other, arrow)).unwrap_or(0) as i32;
    let line = top(arrow.to) - 8 - (own.len() as i32 - 1 - row) * LINE;
    let words = format!("↓ {}: {}", short(&name(stages, arrow.from), 14), short(&arrow.label, 30));
    html! {
        <g class={if arrow.copies { "arrow copies" } else { "arrow base" }}>
            <path d={path} marker-end="url(#tip)" />
            <text x="16" y={line.to_string()}>{ words }</text>
        </g>
    }
}
