//! The start page, a dialog: the person's workspaces, new ones, lessons, examples.

mod recent;

use super::files::{Choice, choose_files};
use super::modal::Modal;
use super::view_context::ViewContext;
use crate::state::{Dialog, ExampleEntry, ExampleGroup, LessonEntry, Msg};
use web_sys::HtmlInputElement;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    if cx.model.dialog != Some(Dialog::Home) {
        return html! {};
    }
    let dispatch = cx.dispatch.clone();
    let on_search = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            dispatch.emit(Msg::SearchHome(input.value()));
        }
    });
    html! {
        <Modal id="home" title={cx.t("home.title")} close={cx.t("close")} on_close={cx.on::<()>(Msg::ShowDialog(None))} class="large">
            <div class="home-actions">
                <button type="button" class="primary" id="new-workspace" onclick={cx.on(Msg::NewWorkspace)}>{ cx.t("home.new") }</button>
                { choose_files(cx, "open-folder", html! { cx.t("home.open-folder") }, cx.t("home.open-folder"), Choice::Folder) }
                { choose_files(cx, "open-archive", html! { cx.t("home.open-archive") }, cx.t("home.open-archive"), Choice::Archive) }
                <button type="button" id="open-address" onclick={cx.on(Msg::ShowDialog(Some(Dialog::OpenAddress)))}>{ cx.t("home.open-address") }</button>
                <input type="search" id="home-search" placeholder={cx.t("home.search")} aria-label={cx.t("home.search")}
                    value={cx.model.home_query.clone()} oninput={on_search} />
            </div>
            { recent::view(cx) }
            { lessons(cx) }
            { examples(cx) }
        </Modal>
    }
}

fn examples(cx: &ViewContext) -> Html {
    let model = cx.model;
    let body = match &model.examples {
        None => html! { <p role="status">{ "…" }</p> },
        Some(Err(error)) => html! { <p role="alert" class="basis">{ cx.t("home.examples-lost") }{ " " }{ error }</p> },
        Some(Ok(list)) => html! { { for list.groups.iter().map(|group| example_group(cx, group)) } },
    };
    html! {
        <section class="home-section" aria-label={cx.t("home.examples")}>
            <h3>{ cx.t("home.examples") }</h3>
            if model.home_query.is_empty() {
                <div class="cards">{ card(cx, "start", &cx.t("workspaces.start"), &cx.t("workspaces.start.summary"), Vec::new()) }</div>
            }
            { body }
        </section>
    }
}

fn example_group(cx: &ViewContext, group: &ExampleGroup) -> Html {
    let fits = |one: &&ExampleEntry| one.fits(&cx.model.home_query, cx.model.language);
    let found: Vec<&ExampleEntry> = group.examples.iter().filter(fits).collect();
    if found.is_empty() {
        return html! {};
    }
    html! {
        <>
            <h4>{ group.title(cx.model.language) }</h4>
            <div class="cards">
                { for found.iter().map(|one| {
                    let id = format!("example/{}", one.name);
                    card(cx, &id, one.title(cx.model.language), one.summary(cx.model.language), one.topics(cx.model.language).collect())
                }) }
            </div>
        </>
    }
}

/// Something that can be opened, by its id.
fn card(cx: &ViewContext, id: &str, title: &str, summary: &str, topics: Vec<String>) -> Html {
    let is_edited = cx.model.library.entries.iter().any(|entry| entry.id == id);
    html! {
        <button type="button" class="choice" data-open={id.to_string()} onclick={cx.on(Msg::OpenWorkspace(id.to_string()))}>
            <b>{ title }</b>
            if is_edited { <small class="edited">{ cx.t("home.edited") }</small> }
            <span>{ summary }</span>
            if !topics.is_empty() { <small class="topics">{ for topics.iter().map(|topic| html! { <i>{ topic }</i> }) }</small> }
        </button>
    }
}

fn lessons(cx: &ViewContext) -> Html {
    let model = cx.model;
    let query = model.home_query.trim().to_lowercase();
    let found: Vec<&LessonEntry> =
        model.lessons.iter().filter(|entry| entry.title(model.language).to_lowercase().contains(&query)).collect();
    if found.is_empty() {
        return html! {};
    }
    let mut sets: Vec<&str> = found.iter().map(|entry| entry.set.as_str()).collect();
    sets.dedup();
    // What a person meets today comes first.
    sets.sort_by_key(|set| *set != "today");
    html! {
        <section class="home-section" aria-label={cx.t("home.lessons")}>
            <h3>{ cx.t("home.lessons") }</h3>
            <div class="lesson-sets">
                { for sets.iter().map(|set| html! {
                    <div>
                        <h4>{ cx.t(&format!("set.{set}")) }</h4>
                        <ul>
                            { for found.iter().filter(|entry| entry.set == *set).map(|entry| lesson(cx, entry)) }
                        </ul>
                    </div>
                }) }
            </div>
        </section>
    }
}

fn lesson(cx: &ViewContext, entry: &LessonEntry) -> Html {
    let id = format!("lesson/{}", entry.slug);
    let is_begun = cx.model.library.entries.iter().any(|one| one.id == id);
    html! {
        <li>
            <button type="button" class="link" data-open={id} onclick={cx.on(Msg::SelectLesson(entry.slug.clone()))}>
                { entry.title(cx.model.language) }
            </button>
            if is_begun { <small class="edited">{ cx.t("home.begun") }</small> }
        </li>
    }
}
