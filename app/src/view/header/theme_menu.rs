//! The menu of colour themes.

use crate::state::{Msg, Theme};
use crate::view::icon::icon;
use crate::view::view_context::ViewContext;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    html! {
        <>
            <button type="button" class="icon-button" id="theme" popovertarget="theme-menu" title={cx.t("theme")} aria-label={cx.t("theme")}>
                { icon("theme") }
            </button>
            <div class="menu" id="theme-menu" popover="auto" role="group" aria-label={cx.t("theme")}>
                { for [Theme::System, Theme::Dark, Theme::Light].map(|theme| html! {
                    <button type="button" aria-pressed={(cx.model.theme == theme).to_string()} popovertarget="theme-menu"
                        popovertargetaction="hide" value={theme.as_str()} onclick={cx.on(Msg::SetTheme(theme))}>
                        { icon(if cx.model.theme == theme { "check" } else { "" }) }
                        { cx.t(&format!("theme.{}", theme.as_str())) }
                    </button>
                }) }
            </div>
        </>
    }
}
