//! The open lesson: its task, its text, its files, and its commands with a button to run each and what came of it.

use super::exercises;
use super::view_context::ViewContext;
use crate::state::{ExercisesMsg, LessonEntry, Msg, neighbours, plain};
use stageplay_protocol::{CommandResult, LessonBlock, LessonCommand, LessonView};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    if cx.model.exercises.is_open {
        return exercises::view(cx);
    }
    let Some(lesson) = &cx.model.lesson else { return html! {} };
    // Another lesson is another element: it is shown from its beginning.
    html! {
        <article class="lesson" key={lesson.slug.clone()} aria-label={cx.t("lesson")} data-lesson={lesson.slug.clone()}>
            { head(cx, lesson) }
            { for lesson.blocks.iter().map(|block| block_view(cx, block)) }
            { foot(cx, lesson) }
        </article>
    }
}

/// Title, task, and how far the reader is.
fn head(cx: &ViewContext, lesson: &LessonView) -> Html {
    let progress = &cx.model.lesson_progress;
    let (count, run) = progress.count(lesson);
    let goal = cx.model.is_goal_met();
    let is_done = run == count && goal.unwrap_or(true);
    let set = cx
        .model
        .lessons
        .iter()
        .find(|entry| entry.slug == lesson.slug)
        .map(|entry| cx.t(&format!("set.{}", entry.set)));
    let commands =
        cx.t("lesson.commands-run").replace("{run}", &run.to_string()).replace("{count}", &count.to_string());
    html! {
        <header class="lesson-head">
            { for set.map(|set| html! { <small class="set">{ set }</small> }) }
            <h2>{ &lesson.title }</h2>
            <section class={classes!("task", is_done.then_some("done"))} aria-label={cx.t("lesson.task")}>
                <h3>{ cx.t("lesson.task") }
                    <span class="state" role="status">{ if is_done { cx.t("lesson.task-done") } else { String::new() } }</span></h3>
                { for lesson.task.as_ref().map(|task| html! { <p>{ task }</p> }) }
                <ul>
                    <li class={(run == count).then_some("met")}>{ mark(cx, run == count) }{ commands }</li>
                    { for goal.map(|is_met| {
                        let id = format!("lesson.goal.{}", lesson.goal.as_deref().unwrap_or_default());
                        html! { <li class={is_met.then_some("met")}>{ mark(cx, is_met) }{ cx.t(&id) }</li> }
                    }) }
                </ul>
                <p class="actions">
                    { match neighbours(&cx.model.lessons, &lesson.slug).1.filter(|_| is_done) {
                        Some(next) => lesson_button(cx, next, "go-on", "lesson.next", Some("apply")),
                        None => html! {
                            <button type="button" id="run-lesson" class="apply" disabled={run == count || progress.is_any_running()}
                                onclick={cx.on(Msg::RunRestOfLesson)}>{ cx.t(if run == 0 { "lesson.run-all" } else { "lesson.run-rest" }) }</button>
                        },
                    } }
                    <button type="button" id="restart-lesson" onclick={cx.on(Msg::RestartWorkspace)}>{ cx.t("start-over") }</button>
                    <button type="button" id="present-lesson" title={cx.t("present-lesson")}
                        onclick={cx.on(Msg::Exercises(ExercisesMsg::PresentLesson))}>{ cx.t("lesson.present") }</button>
                </p>
            </section>
        </header>
    }
}

/// Whether a part of the task is done, for eyes and for screen readers.
fn mark(cx: &ViewContext, is_met: bool) -> Html {
    let words = cx.t(if is_met { "lesson.met" } else { "lesson.open" });
    html! { <><span class="mark" aria-hidden="true">{ if is_met { "✓" } else { "○" } }</span><span class="unseen">{ words }{ " " }</span></> }
}

/// The lessons before and after this one.
fn foot(cx: &ViewContext, lesson: &LessonView) -> Html {
    let (before, after) = neighbours(&cx.model.lessons, &lesson.slug);
    html! {
        <nav class="lesson-nav" aria-label={cx.t("lesson.neighbours")}>
            { for after.map(|entry| lesson_button(cx, entry, "next-lesson", "lesson.next", Some("apply"))) }
            { for before.map(|entry| lesson_button(cx, entry, "previous-lesson", "lesson.previous", None)) }
        </nav>
    }
}

/// A button that opens another lesson.
fn lesson_button(
    cx: &ViewContext,
    entry: &LessonEntry,
    id: &'static str,
    words: &str,
    class: Option<&'static str>,
) -> Html {
    let text = cx.t(words).replace("{title}", entry.title(cx.model.language));
    html! { <button type="button" {id} {class} onclick={cx.on(Msg::SelectLesson(entry.slug.clone()))}>{ text }</button> }
}

fn block_view(cx: &ViewContext, block: &LessonBlock) -> Html {
    match block {
        LessonBlock::Prose(text) => {
            Html::from_html_unchecked(AttrValue::from(format!("<div class=\"prose\">{text}</div>")))
        }
        // Its text is in the editor.
        LessonBlock::File(name, _) => html! {
            <p class="file-line"><code>{ name }</code>{ " · " }
                <button type="button" class="link" aria-label={format!("{} {name}", cx.t("open-file"))}
                    onclick={cx.on(Msg::OpenFile(name.clone()))}>{ cx.t("open-file") }</button></p>
        },
        LessonBlock::Console(id, commands) => html! {
            <div class="console">
                { for commands.iter().enumerate().map(|(index, expected)| command(cx, id, index, expected)) }
            </div>
        },
    }
}

fn command(cx: &ViewContext, id: &str, index: usize, expected: &LessonCommand) -> Html {
    let progress = &cx.model.lesson_progress;
    let result = progress.result(id, index);
    let is_running = progress.is_running(id, index);
    let words = cx.t(if result.is_some() { "run-again" } else { "run-command" });
    html! {
        <div class="command" aria-busy={is_running.to_string()}>
            <div class="line">
                <code>{ "$ " }{ &expected.command }</code>
                <button type="button" class="play" disabled={is_running} onclick={cx.on(Msg::RunLessonCommand(id.to_string(), index))}
                    aria-label={format!("{words} {}", expected.command)}>{ words.clone() }</button>
            </div>
            if is_running {
                <p class="outcome"><i class="spinner" aria-hidden="true"></i>{ cx.t("terminal.running") }</p>
            } else if let Some(result) = result {
                { outcome(cx, expected, result) }
            }
        </div>
    }
}

/// What a command printed and whether the lesson expects it.
fn outcome(cx: &ViewContext, expected: &LessonCommand, result: &CommandResult) -> Html {
    let id = match (result.as_expected, result.status) {
        (true, 0) => "lesson.as-expected",
        (true, _) => "lesson.as-expected-fails",
        (false, 0) => "lesson.differs",
        (false, _) => "lesson.differs-fails",
    };
    let lines = result.output.lines().enumerate().map(|(at, line)| {
        let is_unexpected = result.unexpected.binary_search(&at).is_ok();
        html! { <span class={is_unexpected.then_some("unexpected")}>{ plain(line) }{ "\n" }</span> }
    });
    let missing = result.missing.iter().map(|line| html! { <span class="missing">{ line }{ "\n" }</span> });
    html! {
        <>
            <p class={classes!("outcome", if result.as_expected { "expected" } else { "other" })} role="status">
                <span class="mark" aria-hidden="true">{ if result.as_expected { "✓" } else { "≠" } }</span>
                { cx.t(id).replace("{status}", &result.status.to_string()) }
            </p>
            if !result.output.is_empty() {
                <pre tabindex="0" aria-label={cx.t("terminal.output")}>{ for lines }</pre>
            }
            if !result.missing.is_empty() {
                <details>
                    <summary>{ cx.t("lesson.missing") }</summary>
                    <pre tabindex="0" aria-label={cx.t("lesson.missing")}>{ for missing }</pre>
                </details>
            } else if !result.as_expected && result.unexpected.is_empty() && !expected.output.is_empty() {
                <details>
                    <summary>{ cx.t("lesson.expected-output") }</summary>
                    <pre tabindex="0" aria-label={cx.t("lesson.expected-output")}>{ &expected.output }</pre>
                </details>
            }
        </>
    }
}
