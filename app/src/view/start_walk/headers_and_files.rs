//! The picture of a step: the header of the program on the one side, the image's files on the other.

use super::Walk;
use crate::i18n::fill;
use crate::view::text_format::mode_and_owner;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{PathPart, ProgramHeaders, StartFile, StartPlace, StartStep};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, walk: &Walk) -> Html {
    let step = walk.step().map(|(_, step)| step);
    let file = step.and_then(|step| step.file).and_then(|file| walk.start.files.get(file));
    // The loader reads the header of the program, whatever file it opens.
    let program = program(walk);
    let left = program.map(|program| header(cx, walk, program, step));
    let right = step.filter(|step| !step.places.is_empty()).map(|step| places(cx, walk, step));
    let opened = file.filter(|file| program.is_none_or(|program| program.path != file.path) && file.headers.is_some());
    if left.is_none() && right.is_none() {
        return configuration(cx, walk);
    }
    html! {
        <div class="picture-of-start">
            { for left }
            { for right }
            { for opened.map(|file| html! { <p class="opened">{ opened_words(cx, file) }</p> }) }
        </div>
    }
}

/// The program or script at this point of the walk: the last one that was opened.
fn program<'a>(walk: &Walk<'a>) -> Option<&'a StartFile> {
    let opens = |step: &&StartStep| {
        matches!(
            step.code.as_str(),
            "find-program"
                | "open-program"
                | "read-shebang"
                | "read-interpreter"
                | "static-program"
                | "check-machine"
                | "check-mode"
                | "read-elf"
                | "read-format"
                | "map-program"
                | "check-mount"
        )
    };
    let so_far = walk.start.steps.iter().take(walk.at + 1);
    let last = so_far.filter(opens).filter_map(|step| step.file).next_back()?;
    walk.start.files.get(last)
}

/// The first step has no file: the image's configuration says what is started.
fn configuration(cx: &ViewContext, walk: &Walk) -> Html {
    let config = walk.outcome.report.image.as_ref().and_then(|image| image.config.get("config"));
    let words = |name: &str| -> String {
        let list = config.and_then(|config| config.get(name)).and_then(|value| value.as_array());
        let list = list.map(|words| words.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        list.map_or_else(|| "–".to_string(), |list| format!("[{list}]"))
    };
    html! {
        <div class="picture-of-start">
            <section class="part" aria-label={cx.t("picture.config")}>
                <h3>{ cx.t("picture.config") }</h3>
                <dl class="rows">
                    <div class="now"><dt>{ "ENTRYPOINT" }</dt><dd><code>{ words("Entrypoint") }</code></dd></div>
                    <div class="now"><dt>{ "CMD" }</dt><dd><code>{ words("Cmd") }</code></dd></div>
                </dl>
            </section>
        </div>
    }
}

fn opened_words(cx: &ViewContext, file: &StartFile) -> String {
    let machine = file.headers.as_ref().map(|headers| headers.machine.clone()).unwrap_or_default();
    fill(&cx.t("picture.opened"), &[("path", file.path.clone()), ("machine", machine)])
}

/// The header of the program, with the part that the step is about marked.
fn header(cx: &ViewContext, walk: &Walk, program: &StartFile, step: Option<&StartStep>) -> Html {
    let code = step.map_or("", |step| step.code.as_str());
    let now = |codes: &[&str]| codes.contains(&code).then_some("now");
    html! {
        <section class="part" aria-label={cx.t("picture.header")}>
            <h3>{ cx.t("picture.header") }</h3>
            <dl class="rows">
                <div class={classes!(now(&["find-program", "open-program", "check-mode", "check-mount"]))}>
                    <dt>{ cx.t("picture.file") }</dt>
                    <dd><code>{ &program.path }</code><small>{ mode_and_owner(program.mode, program.owner) }</small></dd>
                </div>
                { for program.first_line.iter().map(|line| html! {
                    <div class={classes!(now(&["read-shebang", "read-format", "open-interpreter", "open-interpreter-unlisted"]))}>
                        <dt>{ cx.t("picture.first-line") }</dt><dd><code>{ line }</code></dd>
                    </div>
                }) }
                { for program.headers.iter().map(|headers| elf_rows(cx, walk, headers, code, step)) }
            </dl>
        </section>
    }
}

fn elf_rows(cx: &ViewContext, walk: &Walk, headers: &ProgramHeaders, code: &str, step: Option<&StartStep>) -> Html {
    let now = |codes: &[&str]| codes.contains(&code).then_some("now");
    let library = step.and_then(|step| step.param("library"));
    let versions = headers.versions.iter().filter(|(_, versions)| !versions.is_empty());
    html! {
        <>
            <div class={classes!(now(&["check-machine", "emulate", "read-elf", "static-program", "map-program"]))}>
                <dt>{ "ELF" }</dt>
                <dd>{ &headers.machine }{ " · " }{ cx.t(&format!("linking.{}", headers.linking)) }</dd>
            </div>
            { match &headers.interpreter {
                Some(interpreter) => html! {
                    <div class={classes!(now(&["read-interpreter", "open-interpreter", "open-interpreter-unlisted", "gcompat"]))}>
                        <dt>{ "PT_INTERP" }</dt><dd><code>{ interpreter }</code></dd>
                    </div>
                },
                None => html! {
                    <div class={classes!(now(&["static-program"]))}><dt>{ "PT_INTERP" }</dt><dd>{ cx.t("picture.no-interpreter") }</dd></div>
                },
            } }
            { for headers.needed.iter().map(|needed| html! {
                <div class={classes!((library == Some(needed.as_str())).then_some("now"))}>
                    <dt>{ "DT_NEEDED" }</dt><dd><code>{ needed }</code>{ found(cx, walk, needed) }</dd>
                </div>
            }) }
            { for (!headers.search_paths.is_empty()).then(|| html! {
                <div><dt>{ "RUNPATH" }</dt><dd><code>{ headers.search_paths.join(":") }</code></dd></div>
            }) }
            { for versions.map(|(library, versions)| html! {
                <div class={classes!(now(&["check-versions"]))}><dt>{ cx.t("picture.versions") }</dt><dd><code>{ library }</code>{ " " }<small>{ versions.join(", ") }</small></dd></div>
            }) }
        </>
    }
}

/// What the steps so far made of a library that is needed.
fn found(cx: &ViewContext, walk: &Walk, library: &str) -> Html {
    let mut steps = walk.start.steps.iter().zip(&walk.run.steps).take(walk.at + 1);
    let of_library = |(step, _): &(&StartStep, _)| step.param("library") == Some(library);
    match steps.rfind(of_library) {
        Some((step, told)) if told.ok => html! {
            <small class="ok"><span aria-hidden="true">{ "✓ " }</span>{ step.param("path").map_or_else(|| told.result.clone(), str::to_string) }</small>
        },
        Some(_) => {
            html! { <small class="bad"><span aria-hidden="true">{ "✗ " }</span>{ cx.t("place.missing") }</small> }
        }
        None => html! {},
    }
}

/// The places in which the step looks, with what the image has there.
fn places(cx: &ViewContext, walk: &Walk, step: &StartStep) -> Html {
    let is_loader = step.code.starts_with("open-interpreter");
    let fails = walk.step().is_some_and(|(told, _)| !told.ok);
    html! {
        <section class="part" aria-label={cx.t("picture.image")}>
            <h3>{ cx.t("picture.image") }</h3>
            <ol class="places">
                { for step.places.iter().map(|place| place_row(cx, place)) }
                { for (step.more_places > 0).then(|| html! { <li>{ format!("… {}", step.more_places) }</li> }) }
            </ol>
            { for (is_loader && fails).then(|| loaders(cx, walk)) }
        </section>
    }
}

fn place_row(cx: &ViewContext, place: &StartPlace) -> Html {
    let end = place.parts.last().map_or("missing", |part| part.is.as_str());
    let (class, mark, word) = match (place.is_taken, end) {
        (true, _) => ("taken", "✓", "place.taken"),
        (false, "missing") => ("missing", "✗", "place.missing"),
        (false, "unlisted") => ("unlisted", "?", "place.unlisted"),
        (false, _) if place.place == "/etc/ld.so.cache" => ("missing", "✗", "place.not-in-cache"),
        (false, _) => ("there", "·", "place.there"),
    };
    html! {
        <li class={class}>
            <span class="by">{ cx.t(&format!("by.{}", place.by)) }</span>
            <code class="way">{ for place.parts.iter().map(|part| path_part(cx, part)) }{ rest(place) }</code>
            <span class="verdict-of-place"><span aria-hidden="true">{ mark }{ " " }</span>{ cx.t(word) }</span>
        </li>
    }
}

fn path_part(cx: &ViewContext, part: &PathPart) -> Html {
    if part.name.is_empty() {
        return html! {};
    }
    let title = match &part.target {
        Some(target) => format!("→ {target}"),
        None => cx.t(&format!("part.{}", part.is)),
    };
    html! {
        <span class={classes!("path-part", part.is.clone())} title={title}>
            { "/" }{ &part.name }{ for part.target.iter().map(|target| html! { <i>{ format!(" → {target} ") }</i> }) }
        </span>
    }
}

/// The part of a path behind what is missing.
fn rest(place: &StartPlace) -> Html {
    let known = place.parts.iter().filter(|part| !part.name.is_empty()).count();
    let names: Vec<&str> = place.place.split('/').filter(|name| !name.is_empty()).skip(known).collect();
    if !place.place.starts_with('/') || names.is_empty() {
        return html! {};
    }
    html! { <span class="path-part rest">{ format!("/{}", names.join("/")) }</span> }
}

/// The loaders that the image has in place of the one that is asked for.
fn loaders(cx: &ViewContext, walk: &Walk) -> Html {
    let there = match walk.start.loaders.is_empty() {
        true => html! { { cx.t("picture.no-loader") } },
        false => html! {
            <>{ cx.t("picture.loaders") }{ " " }{ for walk.start.loaders.iter().map(|path| html! { <code>{ path }</code> }) }</>
        },
    };
    html! { <p class="loaders">{ there }</p> }
}
