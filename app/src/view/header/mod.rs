//! The header: one row at the top of the page.

mod as_of;
mod engine_menu;
mod language_switch;
mod select;
mod theme_menu;
mod workspaces_button;

use super::exercises;
use super::icon::icon;
use super::view_context::ViewContext;
use crate::state::{Dialog, Msg};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    html! {
        <header class="bar">
            <button type="button" class="icon-button narrow-only" popovertarget="settings" title={cx.t("settings")} aria-label={cx.t("settings")}>
                { icon("menu") }
            </button>
            <h1><button type="button" class="home" title={cx.t("home.open")} onclick={cx.on(Msg::ShowDialog(Some(Dialog::Home)))}>{ "Stageplay" }</button></h1>
            // On a narrow screen a pop-up, else a part of the row.
            <div class="settings" id="settings" popover="auto">
                { workspaces_button::view(cx) }
                { for cx.model.can_start_over().then(|| start_over(cx)) }
                { exercises::button(cx) }
                { engine_menu::view(cx) }
                { as_of::view(cx) }
            </div>
            <span class="spring"></span>
            { action(cx, "undo", Msg::Undo, cx.model.history.can_undo().is_some()) }
            { action(cx, "redo", Msg::Redo, cx.model.history.can_redo().is_some()) }
            { action(cx, "share", Msg::ShowDialog(Some(Dialog::Share)), true) }
            { action(cx, "commands", Msg::ShowPalette(true), true) }
            { language_switch::view(cx) }
            { theme_menu::view(cx) }
        </header>
    }
}

/// A button that puts back what was opened: its words stand beside it where the settings are a pop-up.
fn start_over(cx: &ViewContext) -> Html {
    html! {
        <button type="button" class="icon-button" id="start-over" popovertarget="settings" popovertargetaction="hide" title={cx.t("start-over.what")} aria-label={cx.t("start-over")} onclick={cx.on(Msg::RestartWorkspace)}>
            { icon("start-over") }<span class="words">{ cx.t("start-over") }</span>
        </button>
    }
}

/// A button with an icon: `id` names the icon and the words. Where there is nothing to do it keeps its place and the focus.
fn action(cx: &ViewContext, id: &'static str, msg: Msg, has_effect: bool) -> Html {
    html! {
        <button type="button" class="icon-button" id={id} title={cx.t(id)} aria-label={cx.t(id)} aria-disabled={(!has_effect).then_some("true")} onclick={cx.on(msg)}>
            { icon(id) }
        </button>
    }
}
