//! The start tab: what container runtime, kernel and loader do, as steps that one can walk through.

mod headers_and_files;
mod rail;
mod terms;

use super::icon::icon;
use super::view_context::ViewContext;
use crate::i18n::fill;
use crate::state::{Msg, WalkMsg, positions};
use stageplay_protocol::{Outcome, StartStep, StartWalk};
use stageplay_report::{RunReport, TraceReport};
use yew::prelude::*;

/// Who acts in a start, in order: the ids of their words.
const ACTORS: [&str; 4] = ["engine", "kernel", "loader", "program"];

/// A start with what the walk shows of it.
struct Walk<'a> {
    outcome: &'a Outcome,
    run: &'a RunReport,
    start: &'a StartWalk,
    /// The step that is shown; the number of steps for the program that runs.
    at: usize,
}

impl Walk<'_> {
    /// The step that is shown; `None` for the program that runs.
    fn step(&self) -> Option<(&TraceReport, &StartStep)> {
        self.run.steps.get(self.at).zip(self.start.steps.get(self.at))
    }
}

/// The actor of a step: the loaders of glibc and musl are one.
fn actor(step: &TraceReport) -> usize {
    match step.who.as_ref() {
        "engine" => 0,
        "kernel" => 1,
        _ => 2,
    }
}

/// The name of who carries a step out.
fn who(cx: &ViewContext, step: &TraceReport) -> String {
    cx.t(&format!("who.{}", step.who))
}

pub(super) fn view(cx: &ViewContext) -> Html {
    let Some(outcome) = &cx.model.outcome else { return html! {} };
    let (Some(run), Some(start)) = (&outcome.report.run, &outcome.start) else {
        return html! { <p class="hint">{ cx.t("start.none") }</p> };
    };
    let walk = Walk { outcome, run, start, at: cx.model.walk_position() };
    html! {
        <section class="card start-walk" id="start-walk" aria-label={cx.t("start.title")} onkeydown={keys(cx)}>
            <header>
                <h2>{ cx.t("start.title") }</h2>
                { controls(cx, &walk) }
            </header>
            { rail::view(cx, &walk) }
            { scene(cx, &walk) }
            { all_steps(cx, &walk) }
        </section>
    }
}

/// The arrow keys walk, Home and End go to the first and the last step. They are left to a focused text or list.
fn keys(cx: &ViewContext) -> Callback<KeyboardEvent> {
    let dispatch = cx.dispatch.clone();
    Callback::from(move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let msg = match event.key().as_str() {
            "ArrowRight" => WalkMsg::Next,
            "ArrowLeft" => WalkMsg::Previous,
            "Home" => WalkMsg::To(0),
            "End" => WalkMsg::To(usize::MAX),
            _ => return,
        };
        event.prevent_default();
        dispatch.emit(Msg::WalkStart(msg));
    })
}

fn controls(cx: &ViewContext, walk: &Walk) -> Html {
    let count = positions(walk.outcome);
    let plays = cx.model.start_walk.is_playing;
    let button = |id: &str, sign: &str, msg: WalkMsg, is_off: bool| {
        html! {
            <button type="button" id={format!("walk-{id}")} disabled={is_off} aria-label={cx.t(&format!("walk.{id}"))}
                title={cx.t(&format!("walk.{id}"))} onclick={cx.on(Msg::WalkStart(msg))}>{ icon(sign) }</button>
        }
    };
    let position = fill(&cx.t("walk.position"), &[("at", (walk.at + 1).to_string()), ("count", count.to_string())]);
    html! {
        <div class="walk-controls" role="group" aria-label={cx.t("walk.controls")}>
            { button("first", "skip-back", WalkMsg::To(0), walk.at == 0) }
            { button("previous", "chevron-left", WalkMsg::Previous, walk.at == 0) }
            { button(if plays { "pause" } else { "play" }, if plays { "pause" } else { "play" }, WalkMsg::Play, count < 2) }
            { button("next", "chevron-right", WalkMsg::Next, walk.at + 1 >= count) }
            <span class="position">{ position }</span>
        </div>
    }
}

/// How a step is marked: its class, its mark, and the mark in words.
fn mark(step: &TraceReport) -> (&'static str, &'static str, &'static str) {
    match (step.ok, step.open) {
        (true, _) => ("ok", "✓", "walk.ok"),
        (false, true) => ("open", "?", "walk.open"),
        (false, false) => ("bad", "✗", "walk.fails"),
    }
}

/// What happens at the step that is shown.
fn scene(cx: &ViewContext, walk: &Walk) -> Html {
    let act = match walk.step() {
        Some((told, _)) => html! {
            <>
                <p class="did"><b>{ who(cx, told) }</b>{ " " }{ &told.did }</p>
                <p class={classes!("outcome", mark(told).0)}>
                    <span aria-hidden="true">{ mark(told).1 }</span>
                    <span class="for-readers">{ cx.t(mark(told).2) }</span>
                    { " " }{ &told.result }
                </p>
            </>
        },
        None => program(cx, walk),
    };
    let is_last = walk.at + 1 == walk.run.steps.len();
    let explains = walk.step().is_some_and(|(told, _)| !told.ok) && is_last;
    html! {
        <div class="scene">
            <div class="act" aria-live="polite">{ act }</div>
            { headers_and_files::view(cx, walk) }
            { for walk.outcome.why.iter().filter(|_| explains).map(|why| html! { <p class="why">{ why }</p> }) }
            { for walk.step().map(|(_, step)| terms::view(cx, step)) }
        </div>
    }
}

/// The end of the way: the program runs.
fn program(cx: &ViewContext, walk: &Walk) -> Html {
    let run = walk.run;
    let argv = walk.start.argv.join(" ");
    let end = match run.exit_code {
        Some(code) => fill(&cx.t("program.ends"), &[("code", code.to_string())]),
        None if run.verdict == "starts" => cx.t("program.goes-on"),
        None => cx.t("program.unknown"),
    };
    let is_good = run.verdict != "fails";
    let printed: Vec<&str> = run.stdout.lines().chain(run.stderr.lines()).take(6).collect();
    html! {
        <>
            <p class="did"><b>{ cx.t("who.program") }</b>{ " " }{ cx.t("program.begins") }{ " " }<code>{ argv }</code></p>
            <p class={classes!("outcome", if is_good { "ok" } else { "bad" })}>
                <span aria-hidden="true">{ if is_good { "✓" } else { "✗" } }</span>{ " " }{ end }
            </p>
            { for (!printed.is_empty()).then(|| html! { <pre class="content" tabindex="0">{ printed.join("\n") }</pre> }) }
        </>
    }
}

/// All steps as a list, each of which can be shown.
fn all_steps(cx: &ViewContext, walk: &Walk) -> Html {
    html! {
        <details class="all-steps">
            <summary>{ cx.t("walk.all") }</summary>
            <ol>
                { for walk.run.steps.iter().enumerate().map(|(index, step)| html! {
                    <li class={mark(step).0}>
                        <button type="button" class="step" aria-current={(index == walk.at).then_some("step")} onclick={cx.on(Msg::WalkStart(WalkMsg::To(index)))}>
                            <span class="who">{ who(cx, step) }</span>
                            <span>{ &step.did }</span>
                            <b><span aria-hidden="true">{ mark(step).1 }{ " " }</span>{ &step.result }</b>
                        </button>
                    </li>
                }) }
            </ol>
        </details>
    }
}
