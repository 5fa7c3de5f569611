//! Messages at the edge of the page: a toast with what can be done next, a notice, and the word of a newer version.

use super::icon::icon;
use super::view_context::ViewContext;
use crate::state::{Msg, Toast};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let model = cx.model;
    html! {
        <div class="toasts">
            if model.has_new_version {
                <div class="toast" role="status" id="new-version">
                    <p>{ cx.t("new-version") }</p>
                    <button type="button" onclick={cx.on(Msg::UseNewVersion)}>{ cx.t("new-version.use") }</button>
                </div>
            }
            { for model.notice.iter().map(|text| html! {
                <div class="toast notice" role="alert">
                    <p>{ text }</p>
                    { close(cx, Msg::DismissNotice) }
                </div>
            }) }
            // The region is there before its text, so that screen readers tell it.
            <div role="status" aria-live="polite">
                { for model.toast.iter().map(|(number, toast)| toast_view(cx, *number, toast)) }
            </div>
        </div>
    }
}

fn toast_view(cx: &ViewContext, number: u64, toast: &Toast) -> Html {
    html! {
        <div class="toast" id="toast" key={number}>
            <p>
                { &toast.text }
                if !toast.code.is_empty() {
                    <code>{ &toast.code }</code>
                }
            </p>
            { for toast.actions.iter().map(|(words, msg)| html! {
                <button type="button" data-action={*words} onclick={cx.on(msg.clone())}>{ cx.t(words) }</button>
            }) }
            { close(cx, Msg::CloseToast) }
        </div>
    }
}

fn close(cx: &ViewContext, msg: Msg) -> Html {
    html! {
        <button type="button" class="icon-button" title={cx.t("close")} aria-label={cx.t("close")} onclick={cx.on(msg)}>{ icon("close") }</button>
    }
}
