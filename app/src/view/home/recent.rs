//! The workspaces that the browser keeps.

use crate::state::{Dialog, Entry, EntryState, Model, Msg, Origin};
use crate::view::icon::icon;
use crate::view::view_context::ViewContext;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let model = cx.model;
    let query = model.home_query.trim().to_lowercase();
    let fits = |entry: &&Entry| model.entry_title(entry).to_lowercase().contains(&query);
    let entries: Vec<&Entry> = model.library.entries.iter().filter(fits).collect();
    let removed = model.library.removed.as_ref();
    if entries.is_empty() && removed.is_none() {
        return html! {};
    }
    html! {
        <section class="home-section" aria-label={cx.t("home.yours")}>
            <h3>{ cx.t("home.yours") }</h3>
            { for removed.map(|(entry, _)| html! {
                <p class="removed-workspace" role="status">
                    <span>{ cx.t("home.removed").replace("{name}", &model.entry_title(entry)) }</span>
                    <button type="button" id="restore-removed" onclick={cx.on(Msg::RestoreRemoved)}>{ cx.t("home.restore") }</button>
                </p>
            }) }
            <ul class="recent">{ for entries.iter().map(|entry| row(cx, entry)) }</ul>
        </section>
    }
}

fn row(cx: &ViewContext, entry: &Entry) -> Html {
    let model = cx.model;
    let id = entry.id.clone();
    let title = model.entry_title(entry);
    let is_open = model.library.opened.id == entry.id;
    let button = |words: &str, mark: &'static str, msg: Msg| {
        let label = format!("{}{}{title}", cx.t(words), cx.colon());
        html! {
            <button type="button" class="icon-button" title={cx.t(words)} aria-label={label} onclick={cx.on(msg)}>
                { icon(mark) }
            </button>
        }
    };
    let remove = button("workspaces.remove", "bin", Msg::RemoveWorkspace(id.clone()));
    match &entry.state {
        EntryState::Unreadable(problem) => html! {
            <li data-id={id.clone()}>
                <div class="recent-open"><b>{ id }</b><small>{ model.problem_text(problem) }</small></div>
                { remove }
            </li>
        },
        EntryState::Readable { origin, files, saved, .. } => html! {
            <li data-id={id.clone()}>
                <button type="button" class="recent-open" data-open={id.clone()} aria-current={is_open.then_some("true")}
                    onclick={cx.on(Msg::OpenWorkspace(id.clone()))}>
                    <b>{ &title }</b>
                    <small>{ details(cx, origin, *files, *saved) }</small>
                </button>
                { button("workspaces.rename", "pencil", Msg::ShowDialog(Some(Dialog::RenameWorkspace(id.clone())))) }
                { button("workspaces.duplicate", "copy", Msg::DuplicateWorkspace(id)) }
                { remove }
            </li>
        },
    }
}

/// Where a workspace comes from, its files, and how long ago it was changed.
fn details(cx: &ViewContext, origin: &Origin, files: usize, saved: u64) -> String {
    let kind = match origin {
        Origin::Start | Origin::Example(_) => "origin.example",
        Origin::Own => "origin.own",
        Origin::Lesson(_) => "origin.lesson",
        Origin::Exercise(_) => "origin.exercise",
        Origin::Link => "origin.link",
    };
    let count = cx.t(if files == 1 { "home.file" } else { "home.files" }).replace("{count}", &files.to_string());
    format!("{} · {count} · {}", cx.t(kind), ago(cx.model, saved))
}

/// How long ago something was, in the largest unit of which it is at least one.
fn ago(model: &Model, saved: u64) -> String {
    let minutes = (model.now as u64).saturating_sub(saved) / 60_000;
    let (id, count) = match minutes {
        0 => ("ago.now", 0),
        1..60 => ("ago.minutes", minutes),
        60..1_440 => ("ago.hours", minutes / 60),
        _ => ("ago.days", minutes / 1_440),
    };
    crate::i18n::t(model.language, id).replace("{count}", &count.to_string())
}
