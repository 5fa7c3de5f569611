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
        <section class={classes!("verdict", awaited.then_some("awaited"))} id="verdict" tabindex="-1" aria-label={cx.t("verdict")}>
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
                { for cx.model.outcome.iter().filter_map(|outcome| outcome.build_hint.as_ref()).map(|hint| html! { <p>{ hint }</p> }) }
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
    Some(telling_line(&step.output)?.chars().take(MAX_LINE).collect())
}

/// The last line that names an error, else the last one that is no mere hint.
fn telling_line(output: &str) -> Option<&str> {
    let lines = || output.lines().rev().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric));
    let starts = |line: &str, words: &[&str]| {
        let line = line.to_ascii_lowercase();
        words.iter().any(|word| line.starts_with(word))
    };
    let errors = ["error:", "error ", "error[", "e: ", "fatal:", "npm error code", "npm err! code"];
    let hints = ["hint:", "note:", "try ", "for more ", "see ", "npm error a complete log", "npm error log"];
    let error = lines().find(|line| starts(line, &errors));
    error.or_else(|| lines().find(|line| !starts(line, &hints))).or_else(|| lines().next())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_the_last_line_that_names_an_error_and_no_hint() {
        let line = |output: &str| telling_line(output).map(str::to_string);
        let pip = "error: externally-managed-environment\n\n× This environment is externally managed\nnote: If you believe this is a mistake\nhint: See PEP 668 for the detailed specification.\n";
        assert_eq!(line(pip).as_deref(), Some("error: externally-managed-environment"));
        assert_eq!(
            line("Reading package lists...\nE: Unable to locate package curl\n").as_deref(),
            Some("E: Unable to locate package curl")
        );
        assert_eq!(line("one\n/bin/sh: 1: apk: not found\n\n").as_deref(), Some("/bin/sh: 1: apk: not found"));
        assert_eq!(line("hint: only this\n").as_deref(), Some("hint: only this"));
        assert_eq!(line("\n---\n"), None);
    }
}
