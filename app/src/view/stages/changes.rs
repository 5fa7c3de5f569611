//! What changed since the compared state, that of the opening or one that was kept: in one line, and in full.

use crate::state::{Msg, StagesMsg};
use crate::view::size::difference;
use crate::view::text_format::shorten;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{ChangedFile, ChangedFiles, ChangedRow, Changes};
use stageplay_report::Size;
use yew::prelude::*;

/// The most rows of a table.
const MAX_ROWS: usize = 60;
/// The most characters of an instruction.
const MAX_TEXT: usize = 90;

fn bytes(size: &Size) -> u64 {
    size.bytes.or(size.at_least).unwrap_or(0)
}

/// `17.1MB → 17.0MB (−70kB)`, or one of the two; a size that stayed stands alone.
fn sizes(before: Option<&Size>, after: Option<&Size>) -> Html {
    match (before, after) {
        (Some(before), Some(after)) if bytes(before) == bytes(after) => html! { after.marked_text() },
        (Some(before), Some(after)) => html! {
            <>
                { format!("{} → {}", before.marked_text(), after.marked_text()) }
                // Of a lower bound it is not known by how much it differs.
                { for difference(before, after).map(|text| html! {
                    <>{ " " }<b class={if bytes(after) < bytes(before) { "less" } else { "more" }}>{ format!("({text})") }</b></>
                }) }
            </>
        },
        (None, Some(after)) => html! { after.marked_text() },
        (Some(before), None) => html! { <del>{ before.marked_text() }</del> },
        (None, None) => html! {},
    }
}

/// What changed of size and verdict; nothing if both stayed.
pub(super) fn line(cx: &ViewContext) -> Html {
    let why = why_failed(cx);
    let Some(changes) = changes(cx) else { return html! { { for why } } };
    let (before, after) = (changes.size.0.as_ref(), changes.size.1.as_ref());
    let last = changes.last_edit.as_ref().filter(|(one, two)| after.is_some() && one.bytes.and(two.bytes).is_some());
    let of_both = |(one, two): (&Size, &Size)| (bytes(one), bytes(two));
    let is_two_changes = last.map(|(one, two)| of_both((one, two))) != before.zip(after).map(of_both);
    let has_size = before.map(bytes) != after.map(bytes);
    let verdicts = verdicts(cx, changes);
    if !has_size && verdicts.is_none() {
        return html! { { for why } };
    }
    html! {
        <p class="changes-line" id="changes-line" role="status">
            { for last.filter(|_| is_two_changes).map(|(one, two)| html! {
                <span>{ cx.t("changes.last") }{ cx.gap() }<b class={if bytes(two) < bytes(one) { "less" } else { "more" }}>{ difference(one, two).unwrap_or_default() }</b></span>
            }) }
            <span>{ since(cx, changes) }{ for has_size.then(|| html! { <>{ cx.gap() }{ sizes(before, after) }</> }) }</span>
            { for verdicts.map(|verdicts| html! { <span>{ verdicts }</span> }) }
            { for why }
        </p>
    }
}

/// The button that tells why the start failed which the last fix repaired.
fn why_failed(cx: &ViewContext) -> Option<Html> {
    cx.model.applied_fix.as_ref().filter(|fix| !fix.shows_cause)?;
    let show = cx.on(Msg::ShowFixedCause(true));
    Some(
        html! { <button type="button" class="link" id="why-failed" onclick={show}>{ cx.t("toast.why-failed") }</button> },
    )
}

fn changes<'a>(cx: &'a ViewContext) -> Option<&'a Changes> {
    cx.model.outcome.as_ref()?.changes.as_ref()
}

fn since(cx: &ViewContext, changes: &Changes) -> String {
    cx.t(if changes.since_opening { "changes.since-opening" } else { "changes.since-keep" })
}

/// The verdicts, if they differ.
fn verdicts(cx: &ViewContext, changes: &Changes) -> Option<Html> {
    if changes.verdict.0 == changes.verdict.1 {
        return None;
    }
    let mark = |verdict: &str| match verdict {
        "starts" => "✓",
        "fails" | "error" => "✗",
        _ => "?",
    };
    let word = |verdict: &str| html! { <span class={format!("verdict-{verdict}")}>{ format!("{} {}", mark(verdict), cx.t(&format!("changes.{verdict}"))) }</span> };
    Some(html! { <>{ word(&changes.verdict.0) }{ " → " }{ word(&changes.verdict.1) }</> })
}

pub(super) fn view(cx: &ViewContext) -> Html {
    let keep = html! { <button type="button" id="keep-state" onclick={cx.on(Msg::Stages(StagesMsg::KeepState))}>{ cx.t("changes.keep") }</button> };
    let Some(changes) = changes(cx) else {
        return html! {
            <details class="changes card" id="changes">
                <summary><h3>{ cx.t("changes") }</h3></summary>
                <p>{ cx.t("changes.none") }</p>
            </details>
        };
    };
    let is_shown = cx.model.stages.shows_files;
    let show = cx.on(Msg::Stages(StagesMsg::ShowChangedFiles(!is_shown)));
    html! {
        <details class="changes card" id="changes">
            <summary><h3>{ cx.t("changes") }</h3>{ " " }<span>{ since(cx, changes) }{ cx.gap() }{ sizes(changes.size.0.as_ref(), changes.size.1.as_ref()) }</span></summary>
            <p>{ for verdicts(cx, changes).map(|verdicts| html! { <>{ " " }{ verdicts }</> }) }</p>
            { table(cx, "changes.steps", &changes.steps) }
            { table(cx, "changes.layers", &changes.layers) }
            <p class="actions">
                { keep }
                <button type="button" id="changed-files" aria-expanded={is_shown.to_string()} onclick={show}>{ cx.t(if is_shown { "changes.hide-files" } else { "changes.show-files" }) }</button>
            </p>
            { for changes.files.iter().map(|files| files_view(cx, files)) }
        </details>
    }
}

fn table(cx: &ViewContext, title: &str, rows: &[ChangedRow]) -> Html {
    if rows.is_empty() {
        return html! {};
    }
    html! {
        <>
            <h4>{ format!("{} ({})", cx.t(title), rows.len()) }</h4>
            <ul>
                { for rows.iter().take(MAX_ROWS).map(|row| html! {
                    <li class={change(row.before.is_some(), row.after.is_some()).0}>
                        { sign(cx, row.before.is_some(), row.after.is_some()) }
                        <code>{ for row.line.map(|line| cx.line_button(line)) }{ shorten(&row.text, MAX_TEXT) }</code>
                        <span class="weight">{ sizes(row.before.as_ref(), row.after.as_ref()) }</span>
                    </li>
                }) }
            </ul>
        </>
    }
}

/// The id and the sign of a change.
fn change(before: bool, after: bool) -> (&'static str, &'static str) {
    match (before, after) {
        (false, _) => ("added", "+"),
        (true, false) => ("removed", "−"),
        (true, true) => ("changed", "±"),
    }
}

fn sign(cx: &ViewContext, before: bool, after: bool) -> Html {
    let (id, sign) = change(before, after);
    html! { <i role="img" aria-label={cx.t(&format!("changes.{id}"))} title={cx.t(&format!("changes.{id}"))}>{ sign }</i> }
}

fn files_view(cx: &ViewContext, files: &ChangedFiles) -> Html {
    let (added, changed, removed) = files.counts;
    let row = |file: &ChangedFile| {
        html! {
            <li class={change(file.before.is_some(), file.after.is_some()).0}>
                { sign(cx, file.before.is_some(), file.after.is_some()) }
                <code>{ &file.path }</code>
                <span class="weight">{ sizes(file.before.as_ref(), file.after.as_ref()) }</span>
            </li>
        }
    };
    let count = added + changed + removed;
    html! {
        <>
            <h4>{ format!("{} (+{added} ±{changed} −{removed})", cx.t("changes.files")) }</h4>
            <ul class="files">{ for files.files.iter().map(row) }</ul>
            { for (count > files.files.len()).then(|| html! { <p class="basis">{ format!("… {}", count - files.files.len()) }</p> }) }
        </>
    }
}
