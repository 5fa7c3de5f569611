//! The files of the build context that are assumed to exist, each with a button that creates it.

use super::view_context::ViewContext;
use crate::state::{Msg, names_a_file};
use stageplay_protocol::Outcome;
use stageplay_report::AssumedFile;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, outcome: &Outcome) -> Html {
    let report = &outcome.report;
    if report.assumed.is_empty() {
        let is_missing = report.error.as_ref().is_some_and(|error| error.code == "copy-not-found");
        let can_assume = !cx.model.workspace.assume_context && cx.model.lesson.is_none();
        let missing = if is_missing { cx.model.missing_sources() } else { Vec::new() };
        return html! {
            if is_missing {
                <p class="missing-files">
                    { for missing.iter().map(|path| html! {
                        <button type="button" data-create={path.clone()} onclick={cx.on(Msg::CreateFile(path.clone()))}>
                            { cx.t("files.add").replace("{name}", path) }
                        </button>
                    }) }
                    if can_assume {
                        <button type="button" id="assume-files" onclick={cx.on(Msg::AssumeFiles(true))}>{ cx.t("assumed-files.begin") }</button>
                    }
                </p>
            }
        };
    }
    html! {
        <details class="warnings" id="assumed-files" open=true>
            <summary>{ format!("{} ({})", cx.t("assumed-files"), report.assumed.len()) }</summary>
            <p>{ cx.t("assumed-files.why") }</p>
            <ul>{ for report.assumed.iter().map(|file| item(cx, file)) }</ul>
            { for (!outcome.holds_only_dockerfiles).then(|| html! {
                <button type="button" onclick={cx.on(Msg::AssumeFiles(false))}>{ cx.t("assumed-files.stop") }</button>
            }) }
        </details>
    }
}

fn item(cx: &ViewContext, file: &AssumedFile) -> Html {
    html! {
        <li>
            <code>{ &file.path }</code>{ " " }{ cx.line_button(file.line) }{ " " }
            { for names_a_file(&file.path).then(|| html! {
                <button type="button" data-create={file.path.clone()} onclick={cx.on(Msg::CreateFile(file.path.clone()))}>
                    { cx.t("assumed-files.create") }
                </button>
            }) }
        </li>
    }
}
