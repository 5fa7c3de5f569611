//! The simulated host's terminal: its bar, and what xterm.js draws. Until that is loaded, a log and a field.

mod drawing;
mod plain;

use super::icon::icon;
use super::view_context::ViewContext;
use crate::state::{DrawnBy, FoldablePanel, Msg, TerminalMsg};
pub(super) use drawing::{Draw, NewDrawing, draw};
use yew::prelude::*;

/// The terminal. xterm.js draws inside the element of `pane`.
pub(super) fn view(cx: &ViewContext, pane: &NodeRef) -> Html {
    let terminal = &cx.model.terminal;
    let is_drawn = terminal.drawn_by == DrawnBy::Xterm;
    let is_loaded = is_drawn || terminal.drawn_by == DrawnBy::Loaded;
    let full = terminal.is_full_screen;
    html! {
        <section class={classes!("terminal", full.then_some("full-screen"))} aria-label={cx.t("terminal")}
            onfocusin={cx.on(Msg::Terminal(TerminalMsg::Wanted))} onpointerenter={cx.on(Msg::Terminal(TerminalMsg::Wanted))}>
            <header class="terminal-bar">
                <h2>{ cx.t("terminal") }</h2>
                <small class="hint">{ cx.t(if is_drawn { "terminal.keys-hint" } else { "terminal.hint" }) }</small>
                { running(cx) }
                <span class="buttons">
                    if is_drawn {
                        { button(cx, "terminal.find", icon("search"), TerminalMsg::Search) }
                    }
                    { letters_button(cx, "terminal.smaller", "A−", -1) }
                    { letters_button(cx, "terminal.larger", "A+", 1) }
                    { button(cx, "terminal.clear", icon("bin"), TerminalMsg::Clear) }
                    { button(cx, if full { "terminal.leave-full-screen" } else { "terminal.full-screen" },
                        icon(if full { "collapse" } else { "expand" }), TerminalMsg::ToggleFullScreen) }
                    { fold_button(cx) }
                </span>
            </header>
            <div class="terminal-pane" id="terminal-pane" ref={pane.clone()} hidden={!is_loaded}></div>
            if !is_drawn { { plain::view(cx) } }
        </section>
    }
}

fn fold_button(cx: &ViewContext) -> Html {
    let is_folded = cx.model.panel_layout.is_folded(FoldablePanel::Terminal);
    let words = cx.t(if is_folded { "terminal.unfold" } else { "terminal.fold" });
    html! {
        <button type="button" class="fold" id="fold-terminal" title={words.clone()} aria-label={words}
            aria-expanded={(!is_folded).to_string()} onclick={cx.on(Msg::FoldPanel(FoldablePanel::Terminal, !is_folded))}>
            { icon(if is_folded { "chevron-up" } else { "chevron-down" }) }
        </button>
    }
}

fn button(cx: &ViewContext, id: &str, sign: Html, msg: TerminalMsg) -> Html {
    html! {
        <button type="button" data-action={id.to_string()} aria-label={cx.t(id)} title={cx.t(id)} onclick={cx.on(Msg::Terminal(msg))}>
            { sign }
        </button>
    }
}

/// A button for the size of the letters. Its name begins with what is seen (WCAG 2.5.3).
fn letters_button(cx: &ViewContext, id: &str, sign: &str, by: i8) -> Html {
    let words = cx.t(id);
    html! {
        <button type="button" data-action={id.to_string()} aria-label={format!("{sign} {words}")} title={words}
            onclick={cx.on(Msg::Terminal(TerminalMsg::ResizeFont(by)))}>{ sign }</button>
    }
}

/// What runs and what it waits for, with a button to end it. It is shown when a command takes a while.
fn running(cx: &ViewContext) -> Html {
    let terminal = &cx.model.terminal;
    if !terminal.is_running() {
        return html! {};
    }
    let loading = &cx.model.image_data.loading;
    let state = match (terminal.is_interrupted(), loading.first()) {
        (true, _) => cx.t("terminal.stopping"),
        (false, Some(name)) => cx.t("terminal.fetching").replace("{name}", name),
        (false, None) => cx.t("terminal.running"),
    };
    let waiting =
        (terminal.waiting() > 0).then(|| cx.t("terminal.waiting").replace("{count}", &terminal.waiting().to_string()));
    html! {
        <span class="running" role="status">
            <i class="spinner" aria-hidden="true"></i>
            <span>{ state }{ for waiting.map(|text| format!(" · {text}")) }</span>
            <button type="button" id="stop-command" onclick={cx.on(Msg::Terminal(TerminalMsg::Interrupt(String::new())))}>
                { cx.t("terminal.stop") }</button>
        </span>
    }
}
