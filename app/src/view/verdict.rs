//! The verdict: whether the image builds and starts, why not, and what fixes it.

use super::size::{labelled_size, size_parts};
use super::view_context::ViewContext;
use super::{
    assumed_files, base_image_matrix, base_images, cause_diagram, fixes, image_data, simulator_state, stage_graph,
};
use stageplay_protocol::Outcome;
use stageplay_report::{BuildReport, HintReport, RunReport, Warning};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let Some(outcome) = &cx.model.outcome else {
        return simulator_state::without_result(cx);
    };
    let report = &outcome.report;
    html! {
        <div class="verdict" id="verdict" role="status" aria-live="polite">
            { headline(cx, report) }
            { assumed_files::view(cx, outcome) }
            { stage_graph::view(cx, outcome) }
            { base_images::view(cx) }
            { for report.run.iter().map(|run| details(cx, outcome, run)) }
            { for report.image.iter().map(|image| size_parts(cx, &image.size)) }
            { warnings(cx, report) }
            // At the end: what is above does not move when data arrives.
            { image_data::view(cx) }
        </div>
    }
}

/// The verdict in one line, with the error or its explanation.
fn headline(cx: &ViewContext, report: &BuildReport) -> Html {
    if cx.model.lacks_image_data() {
        return image_data::headline(cx);
    }
    let (class, mark, text) = match (&report.error, &report.run) {
        (Some(error), _) => {
            let line = error.line.map(|line| format!(" · {}", cx.line(line))).unwrap_or_default();
            return html! {
                <div class="headline fails" data-verdict="error">
                    <span class="mark" aria-hidden="true">{ "✗" }</span>
                    <div><strong>{ cx.t("build-fails") }{ line }</strong><p class="engine-words">{ &error.message }</p></div>
                </div>
            };
        }
        (None, Some(run)) if run.verdict == "starts" => ("starts", "✓", cx.t("starts")),
        (None, Some(run)) if run.verdict == "fails" => ("fails", "✗", cx.t("fails")),
        _ => ("unknown", "?", cx.t("unknown")),
    };
    html! {
        <div class={classes!("headline", class)} data-verdict={class}>
            <span class="mark" aria-hidden="true">{ mark }</span>
            <div>
                <strong>{ text }</strong>
                { for report.image.iter().map(|image| html! { <span class="total" id="image-size">{ labelled_size(cx, &image.size) }</span> }) }
                { for report.run.iter().filter_map(|run| run.explanation.as_ref()).map(|why| html! { <p>{ why }</p> }) }
                { for report.run.iter().flat_map(|run| &run.assumed).map(|what| html! { <p class="assumed">{ what }</p> }) }
            </div>
        </div>
    }
}

/// The cause, the fixes, the output and the trace of the start.
fn details(cx: &ViewContext, outcome: &Outcome, run: &RunReport) -> Html {
    html! {
        <>
            { for outcome.why.iter().map(|why| html! { <p class="why">{ why }</p> }) }
            { fixes::view(cx, &run.fixes) }
            { for run.hints.iter().map(hint) }
            { for outcome.diagram.iter().map(|diagram| cause_diagram::view(cx, diagram)) }
            { output(cx, run) }
            { base_image_matrix::view(cx) }
            <details class="trace" open={run.verdict != "starts"}>
                <summary>{ cx.t("trace") }</summary>
                <ol>
                    { for run.steps.iter().map(|step| html! {
                        <li class={if step.ok { "ok" } else { "bad" }}>
                            <span class="who">{ step.who.as_ref() }</span>
                            <span>{ &step.did }<br /><b>{ &step.result }</b></span>
                        </li>
                    }) }
                </ol>
            </details>
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

/// What `docker run` prints.
fn output(cx: &ViewContext, run: &RunReport) -> Html {
    if run.stdout.is_empty() && run.stderr.is_empty() {
        return html! {};
    }
    let code = run.exit_code.map(|code| format!("{} {code}", cx.t("exit-code")));
    html! {
        <figure class="output">
            <figcaption>{ "docker run" }{ for code.map(|code| html! { <small>{ code }</small> }) }</figcaption>
            <pre tabindex="0">{ &run.stdout }<span class="stderr">{ &run.stderr }</span></pre>
        </figure>
    }
}

/// The warnings of the build.
fn warnings(cx: &ViewContext, report: &BuildReport) -> Html {
    // What these say is shown with the base images.
    let is_shown_elsewhere = |rule: &str| ["images-not-loaded", "image-not-known"].contains(&rule);
    let warnings: Vec<&Warning> = report.warnings.iter().filter(|one| !is_shown_elsewhere(&one.rule)).collect();
    if warnings.is_empty() {
        return html! {};
    }
    html! {
        <details class="warnings" open=true>
            <summary>{ format!("{} ({})", cx.t("warnings"), warnings.len()) }</summary>
            <ul>
                { for warnings.iter().map(|warning| html! {
                    <li>{ for warning.line.map(|line| format!("{}: ", cx.line(line))) }{ &warning.message }</li>
                }) }
            </ul>
        </details>
    }
}
