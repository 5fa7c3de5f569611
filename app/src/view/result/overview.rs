//! The overview: the stages, the cause of a failed start, what fixes it, and what the build remarks.

use crate::state::{Msg, image_suggestions};
use crate::view::icon::icon;
use crate::view::size::size_parts;
use crate::view::view_context::ViewContext;
use crate::view::{assumed_files, cause_diagram, failed_step, fixes, image_data, run_output, stages};
use stageplay_protocol::Outcome;
use stageplay_report::{BuildReport, HintReport, RunReport, Warning};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let Some(outcome) = &cx.model.outcome else { return html! {} };
    let report = &outcome.report;
    html! {
        <div class="overview" id="overview">
            { failed_step::view(cx, report) }
            { fixes::view(cx, &outcome.build_fixes) }
            { fixed_cause(cx) }
            { stages::changes_line(cx) }
            { stages::chain_view(cx, outcome) }
            { assumed_files::view(cx, outcome) }
            { for report.run.iter().map(|run| details(cx, outcome, run)) }
            { for report.image.iter().map(|image| size_parts(cx, &image.size)) }
            { warnings(cx, report) }
            // At the end: what is above does not move when data arrives.
            { image_data::view(cx) }
        </div>
    }
}

/// Why the start failed that the last fix repaired.
fn fixed_cause(cx: &ViewContext) -> Html {
    let Some(fix) = cx.model.applied_fix.as_ref().filter(|fix| fix.shows_cause) else { return html! {} };
    let run = fix.failure.report.run.as_ref();
    html! {
        <section class="card fixed-cause" id="fixed-cause" tabindex="-1" aria-label={cx.t("fixed-cause")}>
            <header>
                <h3>{ cx.t("fixed-cause") }</h3>
                <button type="button" class="icon-button" title={cx.t("close")} aria-label={cx.t("close")} onclick={cx.on(Msg::ShowFixedCause(false))}>{ icon("close") }</button>
            </header>
            { for run.and_then(|run| run.explanation.as_ref()).map(|why| html! { <p><b>{ why }</b></p> }) }
            { for fix.failure.why.iter().map(|why| html! { <p>{ why }</p> }) }
            { for fix.failure.diagram.iter().map(|diagram| cause_diagram::view(cx, diagram)) }
        </section>
    }
}

/// The cause, the fixes and the output of the start.
fn details(cx: &ViewContext, outcome: &Outcome, run: &RunReport) -> Html {
    html! {
        <>
            { for outcome.why.iter().map(|why| html! { <p class="why">{ why }</p> }) }
            { fixes::view(cx, &run.fixes) }
            { for run.hints.iter().map(hint) }
            { for outcome.diagram.iter().map(|diagram| cause_diagram::view(cx, diagram)) }
            { run_output::view(cx, run) }
        </>
    }
}

/// A hint at what a program that starts may still need.
fn hint(hint: &HintReport) -> Html {
    html! {
        <details class="know" data-hint={hint.code.clone()}>
            <summary>{ &hint.message }</summary>
            <p>{ &hint.why }</p>
        </details>
    }
}

/// The warnings of the build.
fn warnings(cx: &ViewContext, report: &BuildReport) -> Html {
    // What these say is shown with the base images.
    let is_shown_elsewhere = |rule: &str| ["images-not-loaded", "image-not-known"].contains(&rule);
    let warnings = report.warnings.iter().enumerate().filter(|(_, one)| !is_shown_elsewhere(&one.rule));
    let warnings: Vec<(usize, &Warning)> = warnings.collect();
    if warnings.is_empty() {
        return html! {};
    }
    html! {
        <details class="warnings" open=true>
            <summary>{ format!("{} ({})", cx.t("warnings"), warnings.len()) }</summary>
            <ul>
                { for warnings.iter().map(|(index, warning)| html! {
                    <li>
                        { for warning.line.map(|line| html! { <>{ cx.line_button(line) }{ " " }</> }) }{ &warning.message }
                        { suggestions(cx, *index, warning) }
                    </li>
                }) }
            </ul>
        </details>
    }
}

/// The images that a remark offers in place of one that does not exist, each a button.
fn suggestions(cx: &ViewContext, index: usize, warning: &Warning) -> Html {
    let found = image_suggestions(cx.model.dockerfile_text(), warning).filter(|_| cx.model.is_outcome_current());
    html! {
        <>{ for found.into_iter().map(|found| html! {
            <span class="suggestions">
                { for found.names.into_iter().map(|name| html! {
                    <button type="button" class="suggestion" onclick={cx.on(Msg::TakeImage(index, name.clone()))}>
                        { cx.t("take-image.name").replace("{name}", &name) }
                    </button>
                }) }
            </span>
        }) }</>
    }
}
