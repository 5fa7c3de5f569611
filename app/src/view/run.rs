//! The verdict: does it build, does it start, why not, and what helps.

use super::{Scene, stages};
use crate::state::Msg;
use stageplay_core::exec::Cause;
use stageplay_core::image::Image;
use stageplay_core::report::{BuildReport, FixReport, HintReport, RunReport};
use stageplay_core::words::say;
use yew::prelude::*;

pub(super) fn view(scene: &Scene) -> Html {
    let Some(report) = &scene.model.report else {
        return html! {};
    };
    html! {
        <div class="verdict" id="verdict" role="status" aria-live="polite">
            { head(scene, report) }
            { stages::view(scene) }
            { for report.run.iter().map(|run| details(scene, run)) }
            { warnings(scene, report) }
        </div>
    }
}

fn head(scene: &Scene, report: &BuildReport) -> Html {
    let (class, mark, text) = match (&report.error, &report.run) {
        (Some(error), _) => {
            let line = error.line.map(|line| format!(" · {} {line}", scene.t("line"))).unwrap_or_default();
            return html! {
                <div class="headline fails" data-verdict="error">
                    <span class="mark" aria-hidden="true">{ "✗" }</span>
                    <div><strong>{ scene.t("build-fails") }{ line }</strong><p class="engine-words">{ &error.message }</p></div>
                </div>
            };
        }
        (None, Some(run)) if run.verdict == "starts" => ("starts", "✓", scene.t("starts")),
        (None, Some(run)) if run.verdict == "fails" => ("fails", "✗", scene.t("fails")),
        _ => ("unknown", "?", scene.t("unknown")),
    };
    html! {
        <div class={classes!("headline", class)} data-verdict={class}>
            <span class="mark" aria-hidden="true">{ mark }</span>
            <div>
                <strong>{ text }</strong>
                { for report.image.iter().map(|image| html! { <span class="total" id="image-size">{ scene.size(&image.size) }</span> }) }
                { for report.run.iter().filter_map(|run| run.explanation.as_ref()).map(|why| html! { <p>{ why }</p> }) }
            </div>
        </div>
    }
}

fn details(scene: &Scene, run: &RunReport) -> Html {
    let why = scene
        .model
        .simulation
        .as_ref()
        .and_then(|done| done.run.as_ref()?.cause.as_ref())
        .map(|cause| say(scene.model.language, &format!("cause.{}.why", cause.code()), &cause.params()));
    html! {
        <>
            { for why.map(|why| html! { <p class="why">{ why }</p> }) }
            { fixes(scene, &run.fixes) }
            { for run.hints.iter().map(hint) }
            { picture(scene) }
            { output(scene, run) }
            { matrix(scene) }
            <details class="trace" open={run.verdict != "starts"}>
                <summary>{ scene.t("trace") }</summary>
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

/// What a program that starts may still miss.
fn hint(hint: &HintReport) -> Html {
    html! {
        <details class="know" data-hint={hint.code.clone()}>
            <summary>{ &hint.message }</summary>
            <p>{ &hint.why }</p>
        </details>
    }
}

/// What the program asks for beside what the image has.
fn picture(scene: &Scene) -> Html {
    let done = scene.model.simulation.as_ref();
    let shown = done.and_then(|done| Some((done.run.as_ref()?.cause.as_ref()?, done.built.image.as_ref()?)));
    let Some((cause, image)) = shown else {
        return html! {};
    };
    let (program, asks) = match cause {
        Cause::InterpreterMissing { path, interpreter } => (path, vec![interpreter.clone()]),
        Cause::ScriptInterpreterMissing { path, interpreter, .. } => (path, vec![interpreter.clone()]),
        Cause::LibraryMissing { path, libraries } => (path, libraries.clone()),
        Cause::VersionMissing { path, library, versions } => {
            (path, versions.iter().map(|version| format!("{library}: {version}")).collect())
        }
        Cause::SymbolMissing { path, symbols } => (path, symbols.iter().take(6).cloned().collect()),
        Cause::WrongMachine { path, machine, .. } => (path, vec![machine.clone()]),
        Cause::PermissionDenied { path, .. } => {
            let user = if image.config.user.is_empty() { "root" } else { &image.config.user };
            (path, vec![format!("x · {user}")])
        }
        Cause::UnknownUser { user } => (user, vec![format!("/etc/passwd: {user}")]),
        _ => return html! {},
    };
    let there = |names: &[&str]| -> Vec<String> {
        names.iter().filter(|one| image.tree.stat("/", one).is_ok()).map(|one| (*one).to_string()).collect()
    };
    let has = match cause {
        Cause::ScriptInterpreterMissing { .. } => there(&SHELLS),
        Cause::WrongMachine { host, .. } => vec![host.clone()],
        Cause::PermissionDenied { path, mode } => {
            let owner = image.tree.stat("/", path).map(|(_, node)| format!(" {}:{}", node.uid, node.gid));
            vec![format!("{mode}{}", owner.unwrap_or_default())]
        }
        Cause::UnknownUser { .. } => users(image),
        _ => there(&LOADERS),
    };
    let list = |items: Vec<String>| html! { <ul>{ for items.into_iter().map(|item| html! { <li><code>{ item }</code></li> }) }</ul> };
    let has = if has.is_empty() {
        html! { <p>{ scene.t("picture.nothing") }</p> }
    } else {
        list(has)
    };
    html! {
        <figure class="picture">
            <div class="asks"><b><code>{ program }</code>{ " " }{ scene.t("picture.asks") }</b>{ list(asks) }</div>
            <span class="against" aria-hidden="true">{ "≠" }</span>
            <div class="has"><b>{ scene.t("picture.has") }</b>{ has }</div>
        </figure>
    }
}

/// The first names in /etc/passwd.
fn users(image: &Image) -> Vec<String> {
    let found = image.tree.stat("/", "/etc/passwd").ok();
    let bytes = found.and_then(|(_, node)| node.content()?.bytes().map(<[u8]>::to_vec)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().filter_map(|line| line.split(':').next()).take(6).map(str::to_string).collect()
}

const SHELLS: [&str; 3] = ["/bin/sh", "/bin/bash", "/usr/bin/env"];
const LOADERS: [&str; 4] = [
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-aarch64.so.1",
];

/// The program on every base image: a button first, then the table.
fn matrix(scene: &Scene) -> Html {
    if scene.model.program().is_none() {
        return html! {};
    }
    let Some(found) = &scene.model.matrix else {
        return html! {
            <p class="matrix-ask"><button type="button" id="compare" onclick={scene.on(Msg::Compare)}>{ scene.t("matrix.ask") }</button></p>
        };
    };
    let starts = found.iter().filter(|one| one.verdict == "starts").count();
    html! {
        <details class="matrix" id="matrix" open=true>
            <summary>{ format!("{} ({starts} / {})", scene.t("matrix.title"), found.len()) }</summary>
            <div class="scroll" tabindex="0">
                <table>
                    <thead><tr>
                        <th>{ scene.t("matrix.image") }</th>
                        <th>{ scene.t("matrix.size") }</th>
                        <th>{ scene.t("matrix.verdict") }</th>
                    </tr></thead>
                    <tbody>
                        { for found.iter().map(|one| html! {
                            <tr class={one.verdict}>
                                <td><code>{ &one.image }</code><small>{ &one.libc }</small></td>
                                <td>{ scene.size(&one.size) }</td>
                                <td>{ scene.t(&format!("matrix.{}", one.verdict)) }{ for one.reason.iter().map(|why| html! { <small>{ why }</small> }) }</td>
                            </tr>
                        }) }
                    </tbody>
                </table>
            </div>
        </details>
    }
}

fn output(scene: &Scene, run: &RunReport) -> Html {
    if run.stdout.is_empty() && run.stderr.is_empty() {
        return html! {};
    }
    let code = run.exit_code.map(|code| format!("{} {code}", scene.t("exit-code")));
    html! {
        <figure class="output">
            <figcaption>{ "docker run" }{ for code.map(|code| html! { <small>{ code }</small> }) }</figcaption>
            <pre tabindex="0">{ &run.stdout }<span class="stderr">{ &run.stderr }</span></pre>
        </figure>
    }
}

fn fixes(scene: &Scene, fixes: &[FixReport]) -> Html {
    if fixes.is_empty() {
        return html! {};
    }
    html! {
        <div class="fixes">
            <h3>{ scene.t("fixes") }</h3>
            <ul>
                { for fixes.iter().enumerate().map(|(index, fix)| html! {
                    <li>
                        <div>
                            <b>{ &fix.title }</b>
                            <p>{ &fix.why }</p>
                            <small>{ scene.t("proven") }{ " · " }{ scene.size(&fix.proof.size) }</small>
                        </div>
                        <button type="button" class="apply" data-fix={fix.id.clone()} onclick={scene.on(Msg::ApplyFix(index))}>{ scene.t("apply") }</button>
                    </li>
                }) }
            </ul>
            <p class="hint">{ scene.t("undo-hint") }</p>
        </div>
    }
}

fn warnings(scene: &Scene, report: &BuildReport) -> Html {
    if report.warnings.is_empty() {
        return html! {};
    }
    html! {
        <details class="warnings" open=true>
            <summary>{ format!("{} ({})", scene.t("remarks"), report.warnings.len()) }</summary>
            <ul>
                { for report.warnings.iter().map(|warning| html! {
                    <li>{ for warning.line.map(|line| format!("{} {line}: ", scene.t("line"))) }{ &warning.message }</li>
                }) }
            </ul>
        </details>
    }
}
