//! The open lesson: its text, its files, and its commands with a button to run each.

use super::view_context::ViewContext;
use crate::state::Msg;
use stageplay_protocol::{LessonBlock, LessonCommand};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let body = match &cx.model.lesson {
        Some(lesson) => html! {
            <>
                <h2>{ &lesson.title }</h2>
                { for lesson.blocks.iter().map(|block| block_view(cx, block)) }
                <button type="button" class="quiet" onclick={cx.on(Msg::RestartLesson)}>{ cx.t("restart-lesson") }</button>
            </>
        },
        None => welcome(cx),
    };
    let slug = cx.model.lesson.as_ref().map(|lesson| lesson.slug.clone());
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

fn block_view(cx: &ViewContext, block: &LessonBlock) -> Html {
    match block {
        LessonBlock::Prose(text) => {
            Html::from_html_unchecked(AttrValue::from(format!("<div class=\"prose\">{text}</div>")))
        }
        LessonBlock::File(name, text) => html! {
            <figure class="file">
                <figcaption>
                    <code>{ name }</code>
                    <button type="button" class="link" onclick={cx.on(Msg::OpenFile(name.clone()))}>{ cx.t("open-file") }</button>
                </figcaption>
                <pre tabindex="0">{ text }</pre>
            </figure>
        },
        LessonBlock::Console(id, commands) => html! {
            <div class="console">
                { for commands.iter().enumerate().map(|(index, expected)| command(cx, id, index, expected)) }
            </div>
        },
    }
}

fn command(cx: &ViewContext, id: &str, index: usize, expected: &LessonCommand) -> Html {
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
