//! The button that switches the color theme.

use crate::state::Msg;
use crate::view::view_context::ViewContext;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let theme = cx.model.theme;
    html! {
        <button type="button" id="theme" onclick={cx.on(Msg::SetTheme(theme.next()))}>
            { cx.t(&format!("theme.{}", theme.as_str())) }
        </button>
    }
}
