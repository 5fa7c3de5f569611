//! Dialogs that ask for one line: the name of a file, a folder, a workspace; a public address.

use crate::i18n::t;
use crate::state::{Dialog, Msg, path_problem};
use crate::view::modal::Modal;
use crate::view::view_context::ViewContext;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The dialog that is open, if it asks for one line.
pub(in crate::view) fn dialog(cx: &ViewContext) -> Html {
    let model = cx.model;
    let below = |folder: &str| if folder.is_empty() { String::new() } else { format!("{folder}/") };
    match &model.dialog {
        Some(Dialog::NewFile(folder)) => ask(cx, "files.new-file", "files.path", below(folder), None, Msg::CreateFile),
        Some(Dialog::NewFolder(folder)) => {
            ask(cx, "files.new-folder", "files.folder-path", below(folder), None, Msg::CreateFolder)
        }
        Some(Dialog::RenameFile(path)) => {
            let from = path.clone();
            ask(cx, "files.rename-title", "files.path", path.clone(), Some(path), move |to| {
                Msg::RenameFile(from.clone(), to)
            })
        }
        Some(Dialog::RenameWorkspace(id)) => {
            let entry = model.library.entries.iter().find(|entry| entry.id == *id);
            let name = entry.map(|entry| model.entry_title(entry)).unwrap_or_default();
            let id = id.clone();
            form(
                cx,
                "workspaces.rename",
                "workspaces.name",
                name,
                "text",
                |_| None,
                move |name| Msg::RenameWorkspace(id.clone(), name),
            )
        }
        Some(Dialog::OpenAddress) => {
            let address = model.asked_address.clone().unwrap_or_default();
            form(cx, "address.title", "address.label", address, "url", |_| None, Msg::OpenAddress)
        }
        Some(Dialog::Home | Dialog::Share) | None => html! {},
    }
}

/// A dialog that asks for a path of the build context. `besides` is what gives its place up.
fn ask(
    cx: &ViewContext,
    title: &'static str,
    label: &'static str,
    value: String,
    besides: Option<&str>,
    message: impl Fn(String) -> Msg + 'static,
) -> Html {
    let (workspace, besides) = (cx.model.workspace.clone(), besides.map(str::to_string));
    let check = move |path: &str| path_problem(&workspace, path.trim().trim_matches('/'), besides.as_deref());
    form(cx, title, label, value, "text", check, message)
}

fn form(
    cx: &ViewContext,
    title: &'static str,
    label: &'static str,
    value: String,
    kind: &'static str,
    problem: impl Fn(&str) -> Option<&'static str> + 'static,
    message: impl Fn(String) -> Msg + 'static,
) -> Html {
    let language = cx.model.language;
    let dispatch = cx.dispatch.clone();
    html! {
        <Modal id="ask" title={cx.t(title)} close={cx.t("close")} on_close={cx.on::<()>(Msg::ShowDialog(None))} class="small">
            <Line {kind} {value} label={cx.t(label)} cancel={cx.t("cancel")} submit={cx.t(&format!("{title}.do"))}
                note={(title == "address.title").then(|| cx.t("address.note"))}
                problem={Callback::from(move |value: String| problem(&value).map(|id| t(language, id)).unwrap_or_default())}
                on_cancel={cx.on::<()>(Msg::ShowDialog(None))} on_answer={Callback::from(move |value| dispatch.emit(message(value)))} />
        </Modal>
    }
}

#[derive(Properties, PartialEq)]
struct LineProps {
    kind: &'static str,
    /// The text at first.
    value: String,
    label: String,
    note: Option<String>,
    cancel: String,
    submit: String,
    /// What is wrong with a text; empty if nothing is.
    problem: Callback<String, String>,
    on_answer: Callback<String>,
    on_cancel: Callback<()>,
}

/// The form of one line. What is typed is its own state: the page may be rendered meanwhile.
#[component]
fn Line(props: &LineProps) -> Html {
    let typed = use_state(|| props.value.clone());
    let input = use_node_ref();
    let on_input = {
        let (typed, problem) = (typed.clone(), props.problem.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                input.set_custom_validity(&problem.emit(input.value()));
                typed.set(input.value());
            }
        })
    };
    let on_submit = {
        let (input, problem, on_answer) = (input.clone(), props.problem.clone(), props.on_answer.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(input) = input.cast::<HtmlInputElement>() else { return };
            input.set_custom_validity(&problem.emit(input.value()));
            if input.report_validity() {
                on_answer.emit(input.value());
            }
        })
    };
    html! {
        <form onsubmit={on_submit} novalidate=true>
            <label class="stacked"><span>{ &props.label }</span>
                <input ref={input} type={props.kind} name="answer" value={(*typed).clone()} required=true autocomplete="off" spellcheck="false"
                    autofocus=true oninput={on_input} />
            </label>
            { for props.note.iter().map(|note| html! { <p class="basis">{ note }</p> }) }
            <p class="modal-actions">
                <button type="button" onclick={props.on_cancel.reform(|_: MouseEvent| ())}>{ &props.cancel }</button>
                <button type="submit" class="primary">{ &props.submit }</button>
            </p>
        </form>
    }
}
