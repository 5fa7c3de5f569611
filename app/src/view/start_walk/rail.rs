//! The way of a start: who acts one after the other, with a point for each step.

use super::{ACTORS, Walk, actor};
use crate::state::{Msg, WalkMsg};
use crate::view::view_context::ViewContext;
use stageplay_report::TraceReport;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, walk: &Walk) -> Html {
    html! {
        <ol class="rail" aria-label={cx.t("walk.way")}>
            { for ACTORS.iter().enumerate().filter(|(index, _)| is_on_the_way(walk, *index)).map(|(index, id)| lane(cx, walk, index, id)) }
        </ol>
    }
}

/// Whether an actor has a part in the start. The loader has one if it acts, or if the program names one.
fn is_on_the_way(walk: &Walk, index: usize) -> bool {
    let is_dynamic = || walk.start.steps.iter().any(|step| step.code == "read-interpreter");
    match index {
        2 => walk.run.steps.iter().any(|step| actor(step) == 2) || is_dynamic(),
        _ => true,
    }
}

fn lane(cx: &ViewContext, walk: &Walk, index: usize, id: &str) -> Html {
    let count = walk.run.steps.len();
    let runs = !walk.start.argv.is_empty();
    let of_actor = || walk.run.steps.iter().enumerate().filter(|(_, step)| actor(step) == index);
    // glibc's loader, musl's, or the kernel's runtime: the first step says which.
    let name = match of_actor().next() {
        Some((_, step)) => cx.t(&format!("who.{}", step.who)),
        None => cx.t(&format!("who.{id}")),
    };
    let (acts, fails, is_reached) = match index {
        3 => (walk.at == count && runs, runs && walk.run.verdict == "fails", runs),
        _ => (
            walk.run.steps.get(walk.at).is_some_and(|step| actor(step) == index),
            of_actor().any(|(_, step)| !step.ok && !step.open),
            of_actor().next().is_some(),
        ),
    };
    let class =
        classes!("lane", acts.then_some("acts"), fails.then_some("fails"), (!is_reached).then_some("not-reached"));
    html! {
        <li class={class} key={id.to_string()}>
            <span class="name">{ name }</span>
            <span class="points">
                { for of_actor().map(|(at, step)| point(cx, walk, at, Some(step))) }
                { for (index == 3 && runs).then(|| point(cx, walk, count, None)) }
                { for (!is_reached).then(|| html! { <small>{ cx.t("walk.not-reached") }</small> }) }
            </span>
        </li>
    }
}

/// A step as a point that can be pressed.
fn point(cx: &ViewContext, walk: &Walk, at: usize, step: Option<&TraceReport>) -> Html {
    let (class, mark) = match step.map(super::mark) {
        Some((class, mark, _)) => (class, mark),
        None if walk.run.verdict == "fails" => ("bad", "✗"),
        None => ("ok", "✓"),
    };
    let label = match step {
        Some(step) => format!("{}: {} – {}", at + 1, step.did, step.result),
        None => format!("{}: {}", at + 1, cx.t("program.begins")),
    };
    let is_done = at < walk.at;
    let mark = if class == "ok" { (at + 1).to_string() } else { mark.to_string() };
    html! {
        <button type="button" class={classes!("point", class, is_done.then_some("done"))}
            aria-current={(at == walk.at).then_some("step")} aria-label={label.clone()} title={label}
            onclick={cx.on(Msg::WalkStart(WalkMsg::To(at)))}>{ mark }</button>
    }
}
