//! The bar at the top, and the bar at the bottom of small screens.

use super::Scene;
use crate::state::{Msg, Panel};
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::words::Language;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

fn chosen(event: &Event) -> String {
    event
        .target()
        .and_then(|target| target.dyn_into::<HtmlSelectElement>().ok())
        .map(|select| select.value())
        .unwrap_or_default()
}

pub(super) fn view(scene: &Scene) -> Html {
    let model = scene.model;
    let tell = scene.tell.clone();
    let on_engine = Callback::from(move |event: Event| {
        let value = chosen(&event);
        if let Some((id, builder)) = value.split_once(' ') {
            let builder = Builder::parse(builder).unwrap_or(Builder::Buildkit);
            tell.emit(Msg::Engine(id.to_string(), builder));
        }
    });
    let tell = scene.tell.clone();
    let on_lesson = Callback::from(move |event: Event| {
        let slug = chosen(&event);
        if !slug.is_empty() {
            tell.emit(Msg::ChooseLesson(slug));
        }
    });
    let open = model.lesson.as_ref().map(|(slug, _)| slug.clone()).unwrap_or_default();
    let mut sets: Vec<String> = Vec::new();
    for entry in &model.lessons {
        if !sets.contains(&entry.set) {
            sets.push(entry.set.clone());
        }
    }
    let other = match model.language {
        Language::English => Language::Chinese,
        Language::Chinese => Language::English,
    };
    let (next_theme, theme_word) = match model.dark {
        None => (Some(true), "theme.system"),
        Some(true) => (Some(false), "theme.dark"),
        Some(false) => (None, "theme.light"),
    };
    html! {
        <header class="bar">
            <h1>{ "Stageplay" }</h1>
            <label class="field">
                <span>{ scene.t("lesson") }</span>
                <select id="lesson-select" onchange={on_lesson}>
                    <option value="" selected={open.is_empty()}>{ scene.t("lesson.none") }</option>
                    { for sets.iter().map(|set| html! {
                        <optgroup label={scene.t(&format!("set.{set}"))}>
                            { for model.lessons.iter().filter(|entry| entry.set == *set).map(|entry| html! {
                                <option value={entry.slug.clone()} selected={entry.slug == open}>{ entry.title(model.language) }</option>
                            }) }
                        </optgroup>
                    }) }
                </select>
            </label>
            <label class="field">
                <span>{ scene.t("engine") }</span>
                <select id="engine-select" onchange={on_engine}>
                    { for EngineProfile::all().iter().flat_map(|profile| profile.builders().into_iter().map(move |builder| (profile, builder))).map(|(profile, builder)| html! {
                        <option value={format!("{} {}", profile.id, builder.as_str())}
                            selected={profile.id == model.engine.id && builder == model.builder}>
                            { format!("Docker {} · {}", profile.version, scene.t(&format!("builder.{}", builder.as_str()))) }
                        </option>
                    }) }
                </select>
            </label>
            <span class="spring"></span>
            <button type="button" id="share" onclick={scene.on(Msg::Share)}>{ scene.t("share") }</button>
            <button type="button" id="language" lang={other.tag()} onclick={scene.on(Msg::Language(other))}>
                { if other == Language::Chinese { "中文" } else { "English" } }
            </button>
            <button type="button" id="theme" onclick={scene.on(Msg::Theme(next_theme))}>{ scene.t(theme_word) }</button>
        </header>
    }
}

/// Small screens show one part at a time.
pub(super) fn panels(scene: &Scene) -> Html {
    let all = [
        (Panel::Lesson, "lesson"),
        (Panel::Editor, "editor"),
        (Panel::Result, "result"),
        (Panel::Terminal, "terminal"),
    ];
    html! {
        <nav class="panels" aria-label={scene.t("parts")}>
            { for all.iter().map(|(panel, id)| html! {
                <button type="button" id={format!("panel-{id}")} aria-pressed={(scene.model.panel == *panel).to_string()}
                    onclick={scene.on(Msg::Show(*panel))}>{ scene.t(id) }</button>
            }) }
        </nav>
    }
}
