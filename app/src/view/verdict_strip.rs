//! The verdict: whether the image builds and starts, how large it is, and the one thing to do next. It stands over every
//! panel of a small screen.

use super::icon::icon;
use super::size::labelled_size;
use super::view_context::ViewContext;
use super::{image_data, simulator_state, workspace_notices};
use stageplay_report::{BuildReport, Error};
use yew::prelude::*;

/// The characters of a command's last line that are shown.
const MAX_LINE: usize = 200;

pub(super) fn view(cx: &ViewContext) -> Html {
    let awaited = cx.model.is_result_awaited();
    html! {
        <section class={classes!("verdict", awaited.then_some("awaited"))} id="verdict" aria-label={cx.t("verdict")}>
            if cx.model.shows_example() {
                <p class="intro">{ cx.t("intro") }</p>
            }
            { match &cx.model.outcome {
                _ if cx.model.is_held => workspace_notices::held(cx),
                Some(outcome) => headline(cx, &outcome.report),
                None => simulator_state::without_result(cx),
            } }
            { next_step(cx) }
        </section>
    }
}

/// The verdict with the error or its explanation. Screen readers tell it when it changes.
fn headline(cx: &ViewContext, report: &BuildReport) -> Html {
    if cx.model.lacks_image_data() {
        return image_data::headline(cx);
    }
    let (class, verdict, mark, text) = match (&report.error, &report.run) {
        (Some(_), _) if cx.model.lesson_has_yet_to_begin() => {
            ("unknown", "error", "question", cx.t("lesson.not-begun"))
        }
        (Some(_), _) => ("fails", "error", "cross", cx.t("build-fails")),
        // What is assumed may not be there.
        (None, Some(run)) if run.verdict == "starts" && !run.assumed.is_empty() => {
            ("unknown", "starts", "check", cx.t("starts-assumed"))
        }
        (None, Some(run)) if run.verdict == "starts" => ("starts", "starts", "check", cx.t("starts")),
        (None, Some(run)) if run.verdict == "fails" => ("fails", "fails", "cross", cx.t("fails")),
        _ => ("unknown", "unknown", "question", cx.t("unknown")),
    };
    let line = report.error.as_ref().and_then(|error| error.line);
    html! {
        <div class={classes!("headline", class)} data-verdict={verdict} role="status">
            <span class="mark">{ icon(mark) }</span>
            <div>
                <p class="title">
                    <strong>{ text }</strong>
                    { for line.map(|line| html! { <small>{ cx.line_button(line) }</small> }) }
                    { for report.image.iter().map(|image| html! { <span class="total" id="image-size">{ labelled_size(cx, &image.size) }</span> }) }
                </p>
                { for report.error.iter().map(|error| html! { <p class="engine-words">{ &error.message }</p> }) }
                { for last_line(report).map(|line| html! { <p class="engine-words last-line">{ line }</p> }) }
                { for report.error.as_ref().and_then(error_help).map(|id| html! { <p>{ cx.t(id) }</p> }) }
                { for report.run.iter().filter_map(|run| run.explanation.as_ref()).map(|why| html! { <p>{ why }</p> }) }
                { for report.run.iter().flat_map(|run| &run.assumed).map(|what| html! { <p class="assumed">{ sentence(what) }</p> }) }
            </div>
        </div>
    }
}

/// The last line that a failed command printed, which mostly says why.
fn last_line(report: &BuildReport) -> Option<String> {
    let step = report.error.as_ref().and_then(|_| report.steps.iter().rev().find(|step| step.failed))?;
    let line = step.output.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(MAX_LINE).collect())
}

/// The words of what to do about an error that is explained nowhere else.
fn error_help(error: &Error) -> Option<&'static str> {
    match error.code.as_str() {
        "blank-base" => Some("error-help.blank-base"),
        "parse" if error.message.ends_with("file with no instructions") => Some("error-help.no-instructions"),
        _ => None,
    }
}

/// A text with a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// What to do next, with its button.
fn next_step(cx: &ViewContext) -> Html {
    let Some(step) = cx.model.next_step() else { return html! {} };
    let class = if step.is_edit { "apply" } else { "quiet" };
    let disabled = step.is_edit && step.size.is_some() && !cx.model.is_outcome_current();
    html! {
        <div class={classes!("next", cx.model.shows_example().then_some("invites"))}>
            if !step.title.is_empty() {
                <p><span class="label">{ cx.t("next") }</span>{ " " }<b>{ &step.title }</b>
                    { for step.size.iter().map(|size| html! { <>{ " → " }{ labelled_size(cx, size) }</> }) }</p>
            }
            <button type="button" id="next-step" class={class} {disabled} onclick={cx.on(step.msg)}>{ cx.t(step.words) }</button>
        </div>
    }
}
