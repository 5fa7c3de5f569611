//! The open lesson: its words, its files, its commands with a button to play each.

use super::Scene;
use crate::state::{Model, Msg, Played};
use pulldown_cmark::{Event, Options, Parser, html::push_html};
use stageplay_core::lesson::{Block, Expected};
use yew::prelude::*;

pub(super) fn view(scene: &Scene) -> Html {
    let body = match &scene.model.lesson {
        Some((_, lesson)) => html! {
            <>
                <h2>{ &lesson.header.title }</h2>
                { for lesson.blocks.iter().map(|block| block_view(scene, block)) }
                <button type="button" class="quiet" onclick={scene.on(Msg::Restart)}>{ scene.t("restart") }</button>
            </>
        },
        None => welcome(scene),
    };
    let slug = scene.model.lesson.as_ref().map(|(slug, _)| slug.clone());
    html! { <article class="lesson" aria-label={scene.t("lesson")} data-lesson={slug}>{ body }</article> }
}

fn welcome(scene: &Scene) -> Html {
    html! {
        <>
            <h2>{ scene.t("welcome") }</h2>
            <p>{ scene.t("welcome.1") }</p>
            <p>{ scene.t("welcome.2") }</p>
            <ul class="lesson-list">
                { for scene.model.lessons.iter().map(|entry| html! {
                    <li><button type="button" class="link" onclick={scene.on(Msg::ChooseLesson(entry.slug.clone()))}>
                        { entry.title(scene.model.language) }</button>
                        <small>{ scene.t(&format!("set.{}", entry.set)) }</small></li>
                }) }
            </ul>
        </>
    }
}

/// Markdown to elements; raw HTML is shown as text, never used.
fn prose(text: &str) -> Html {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        event => event,
    });
    let mut out = String::new();
    push_html(&mut out, events);
    Html::from_html_unchecked(AttrValue::from(format!("<div class=\"prose\">{out}</div>")))
}

fn block_view(scene: &Scene, block: &Block) -> Html {
    match block {
        Block::Prose(text) => prose(text),
        Block::File { name, text, .. } => html! {
            <figure class="file">
                <figcaption>
                    <code>{ name }</code>
                    <button type="button" class="link" onclick={scene.on(Msg::Open(name.clone()))}>{ scene.t("open-file") }</button>
                </figcaption>
                <pre tabindex="0">{ text }</pre>
            </figure>
        },
        Block::Console { id, commands } => html! {
            <div class="console">
                { for commands.iter().enumerate().map(|(index, expected)| command(scene, scene.model, id, index, expected)) }
            </div>
        },
    }
}

fn command(scene: &Scene, model: &Model, id: &str, index: usize, expected: &Expected) -> Html {
    let place = (id.to_string(), index);
    let played: Option<&Played> = model.played.iter().find(|one| one.place == place);
    let mark = match played {
        Some(one) if one.fits => {
            html! { <span class="ok" title={scene.t("as-expected")}>{ "✓" }</span> }
        }
        Some(_) => html! { <span class="bad" title={scene.t("not-as-expected")}>{ "≠" }</span> },
        None => html! {},
    };
    html! {
        <div class="command">
            <div class="line">
                <code>{ "$ " }{ &expected.command }</code>
                { mark }
                <button type="button" class="play" onclick={scene.on(Msg::Play(id.to_string(), index))}
                    aria-label={format!("{} {}", scene.t("play"), expected.command)}>{ scene.t("play") }</button>
            </div>
            { if expected.output.is_empty() { html! {} } else { html! { <pre tabindex="0">{ &expected.output }</pre> } } }
        </div>
    }
}
