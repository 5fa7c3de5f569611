//! The files of the build context that are assumed to exist, each with a button that creates it.

use super::view_context::ViewContext;
use crate::state::Msg;
use stageplay_protocol::Outcome;
use stageplay_report::AssumedFile;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, outcome: &Outcome) -> Html {
    let report = &outcome.report;
    if report.assumed.is_empty() {
        let is_missing = report.error.as_ref().is_some_and(|error| error.code == "copy-not-found");
        return html! {
            { for (is_missing && !cx.model.workspace.assume_context && cx.model.lesson.is_none()).then(|| html! {
                <p><button type="button" id="assume-files" onclick={cx.on(Msg::AssumeFiles(true))}>{ cx.t("assumed-files.begin") }</button></p>
            }) }
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

/// Whether a path may name a file: it is no pattern and no directory.
fn names_a_file(path: &str) -> bool {
    path != "." && !path.ends_with('/') && !path.contains(['*', '?', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_and_a_pattern_name_no_file_to_create() {
        assert!(names_a_file("src/main.go") && names_a_file("app"));
        assert!(!names_a_file(".") && !names_a_file("src/") && !names_a_file("*.csproj"));
    }
}
