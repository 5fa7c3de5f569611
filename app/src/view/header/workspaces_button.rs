//! The button that names the open workspace and opens the start page.

use crate::state::{Dialog, Msg};
use crate::view::icon::icon;
use crate::view::view_context::ViewContext;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let title = cx.model.title();
    html! {
        <button type="button" id="workspaces" class="workspace-menu" aria-haspopup="dialog" popovertarget="settings" popovertargetaction="hide" title={cx.t("home.open")}
            onclick={cx.on(Msg::ShowDialog(Some(Dialog::Home)))}>
            <span class="name">{ title }</span>{ icon("chevron-down") }
        </button>
    }
}
