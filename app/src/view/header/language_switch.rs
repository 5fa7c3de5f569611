//! The button that switches the language.

use crate::state::Msg;
use crate::view::view_context::ViewContext;
use stageplay_report::words::Language;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let (other, name) = match cx.model.language {
        Language::English => (Language::Chinese, "中文"),
        Language::Chinese => (Language::English, "English"),
    };
    html! {
        <button type="button" id="language" lang={other.tag()} onclick={cx.on(Msg::SetLanguage(other))}>{ name }</button>
    }
}
