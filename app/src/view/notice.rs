//! The notices at the top of the page.

use super::view_context::ViewContext;
use crate::state::Msg;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    html! {
        <>
            if cx.model.has_new_version {
                <div class="notice" role="status" id="new-version">
                    <span>{ cx.t("new-version") }</span>
                    <button type="button" onclick={cx.on(Msg::UseNewVersion)}>{ cx.t("new-version.use") }</button>
                </div>
            }
            { text(cx) }
        </>
    }
}

fn text(cx: &ViewContext) -> Html {
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
