//! The open lesson: its text, its files, and its commands with a button to run each.

use super::view_context::ViewContext;
use crate::state::Msg;
use pulldown_cmark::{Event, Options, Parser, html::push_html};
use stageplay_core::lesson::{Block, Expected};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let body = match &cx.model.lesson {
        Some((_, lesson)) => html! {
            <>
                <h2>{ &lesson.header.title }</h2>
                { for lesson.blocks.iter().map(|block| block_view(cx, block)) }
                <button type="button" class="quiet" onclick={cx.on(Msg::RestartLesson)}>{ cx.t("restart-lesson") }</button>
            </>
        },
        None => welcome(cx),
    };
    let slug = cx.model.lesson.as_ref().map(|(slug, _)| slug.clone());
    html! { <article class="lesson" aria-label={cx.t("lesson")} data-lesson={slug}>{ body }</article> }
}

fn welcome(cx: &ViewContext) -> Html {
    html! {
        <>
            <h2>{ cx.t("welcome") }</h2>
            <p>{ cx.t("welcome.page") }</p>
            <p>{ cx.t("welcome.lessons") }</p>
            <ul class="lesson-list">
                { for cx.model.lessons.iter().map(|entry| html! {
                    <li><button type="button" class="link" onclick={cx.on(Msg::SelectLesson(entry.slug.clone()))}>
                        { entry.title(cx.model.language) }</button>
                        <small>{ cx.t(&format!("set.{}", entry.set)) }</small></li>
                }) }
            </ul>
        </>
    }
}

/// Renders Markdown. Raw HTML in it is shown as text.
fn markdown(text: &str) -> Html {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        event => event,
    });
    let mut out = String::new();
    push_html(&mut out, events);
    Html::from_html_unchecked(AttrValue::from(format!("<div class=\"prose\">{out}</div>")))
}

fn block_view(cx: &ViewContext, block: &Block) -> Html {
    match block {
        Block::Prose(text) => markdown(text),
        Block::File { name, text, .. } => html! {
            <figure class="file">
                <figcaption>
                    <code>{ name }</code>
                    <button type="button" class="link" onclick={cx.on(Msg::OpenFile(name.clone()))}>{ cx.t("open-file") }</button>
                </figcaption>
                <pre tabindex="0">{ text }</pre>
            </figure>
        },
        Block::Console { id, commands } => html! {
            <div class="console">
                { for commands.iter().enumerate().map(|(index, expected)| command(cx, id, index, expected)) }
            </div>
        },
    }
}

fn command(cx: &ViewContext, id: &str, index: usize, expected: &Expected) -> Html {
    let key = (id.to_string(), index);
    let result = cx.model.lesson_results.iter().find(|result| result.command == key);
    let mark = match result {
        Some(result) if result.as_expected => {
            html! { <span class="ok" title={cx.t("as-expected")}>{ "✓" }</span> }
        }
        Some(_) => html! { <span class="bad" title={cx.t("not-as-expected")}>{ "≠" }</span> },
        None => html! {},
    };
    html! {
        <div class="command">
            <div class="line">
                <code>{ "$ " }{ &expected.command }</code>
                { mark }
                <button type="button" class="play" onclick={cx.on(Msg::RunLessonCommand(id.to_string(), index))}
                    aria-label={format!("{} {}", cx.t("run-command"), expected.command)}>{ cx.t("run-command") }</button>
            </div>
            { if expected.output.is_empty() { html! {} } else { html! { <pre tabindex="0">{ &expected.output }</pre> } } }
        </div>
    }
}
