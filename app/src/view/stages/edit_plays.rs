//! Edits to try: for each step whether it runs again, as a matrix, with the time that the cache saves.

use super::duration;
use crate::state::{Msg, StagesMsg};
use crate::view::text_format::shorten;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{EditPlay, EditPlays, PlayedEdit};
use yew::prelude::*;

/// The most characters of an instruction, and of an edit.
const MAX_STEP: usize = 44;
const MAX_EDIT: usize = 22;

pub(super) fn view(cx: &ViewContext) -> Html {
    let plays = cx.model.stages.edit_plays.as_ref();
    let is_playing = cx.model.stages.is_playing;
    let play = cx.on(Msg::Stages(StagesMsg::PlayEdits));
    html! {
        <section class="card plays" id="plays" aria-label={cx.t("plays")}>
            <h3>{ cx.t("plays") }</h3>
            <p>{ cx.t("plays.what") }</p>
            { match plays {
                None => html! {
                    <button type="button" class="apply" id="play-edits" disabled={is_playing} onclick={play}>{ cx.t(if is_playing { "plays.playing" } else { "plays.play" }) }</button>
                },
                Some(plays) if plays.plays.is_empty() || plays.steps.is_empty() => html! { <p class="basis">{ cx.t("plays.nothing") }</p> },
                Some(plays) => matrix(cx, plays),
            } }
        </section>
    }
}

/// The edit in words: `main.go`, or the line.
fn edit_name(cx: &ViewContext, edit: &PlayedEdit) -> String {
    match edit {
        PlayedEdit::File(path) => path.clone(),
        PlayedEdit::Line(line) => cx.line(*line),
    }
}

fn matrix(cx: &ViewContext, plays: &EditPlays) -> Html {
    let reordering = plays.reordering.and_then(|index| {
        let rule = &cx.model.outcome.as_ref()?.checks.get(index)?.rule;
        cx.model.checks.iter().position(|check| check.rule == *rule && check.fix.is_some())
    });
    let edit = |play: &EditPlay| {
        let name = edit_name(cx, &play.edit);
        let shown = match &play.edit {
            PlayedEdit::File(path) => shorten(path.rsplit('/').next().unwrap_or(path), MAX_EDIT),
            PlayedEdit::Line(_) => name.clone(),
        };
        html! { <th scope="col" title={name}><span>{ shown }</span></th> }
    };
    let cell = |play: &EditPlay, row: usize| {
        let rerun = play.reruns.get(row).cloned().flatten();
        let (class, mark, words) = match rerun {
            Some(why) => ("rerun", "↻", format!("{}{}{why}", cx.t("plays.reruns"), cx.gap())),
            None => ("cached", "·", cx.t("cache-hit")),
        };
        html! { <td class={class} title={words.clone()}><span aria-hidden="true">{ mark }</span><span class="for-readers">{ words }</span></td> }
    };
    let total = plays.seconds;
    html! {
        <>
            <div class="scroll" tabindex="0" role="group" aria-label={cx.t("plays")}>
                <table>
                    <thead><tr><th scope="col">{ cx.t("plays.step") }</th>{ for plays.plays.iter().map(edit) }</tr></thead>
                    <tbody>
                        { for plays.steps.iter().enumerate().map(|(row, step)| html! {
                            <tr>
                                <th scope="row">{ cx.line_button(step.line) }<code title={step.text.clone()}>{ shorten(&step.text, MAX_STEP) }</code></th>
                                { for plays.plays.iter().map(|play| cell(play, row)) }
                            </tr>
                        }) }
                    </tbody>
                    <tfoot>
                        { sums(cx, "plays.again", plays, &|play| Some(play.seconds)) }
                        { sums(cx, "plays.saved", plays, &|play| Some((total - play.seconds).max(0.0))) }
                        { if reordering.is_some() { sums(cx, "plays.reordered", plays, &|play| play.seconds_reordered) } else { html! {} } }
                    </tfoot>
                </table>
            </div>
            { for reordering.map(|index| html! {
                <p class="better">
                    { cx.t("plays.better") }{ " " }
                    <button type="button" class="apply" id="reorder" disabled={!cx.model.is_outcome_current()} onclick={cx.on(Msg::ApplyCheckFix(index))}>{ cx.t("apply") }</button>
                </p>
            }) }
            <p class="basis">{ cx.t("stages.time-basis") }</p>
        </>
    }
}

/// A row of durations.
fn sums(cx: &ViewContext, title: &str, plays: &EditPlays, of: &dyn Fn(&EditPlay) -> Option<f32>) -> Html {
    html! {
        <tr>
            <th scope="row">{ cx.t(title) }</th>
            { for plays.plays.iter().map(|play| html! { <td>{ of(play).map(|seconds| duration(cx, seconds)).unwrap_or_default() }</td> }) }
        </tr>
    }
}
