//! The notice at the top of the page.

use super::view_context::ViewContext;
use crate::state::Msg;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    match &cx.model.notice {
        Some(text) => html! {
            <div class="notice" role="alert">
                <span>{ text }</span>
                <button type="button" onclick={cx.on(Msg::DismissNotice)}>{ cx.t("close") }</button>
            </div>
        },
        None => html! {},
    }
}
