//! The button that copies a share link.

use crate::state::Msg;
use crate::view::view_context::ViewContext;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    html! { <button type="button" id="share" onclick={cx.on(Msg::CopyShareLink)}>{ cx.t("share") }</button> }
}
