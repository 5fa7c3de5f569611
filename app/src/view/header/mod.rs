//! The bar at the top of the page.

mod as_of;
mod engine_menu;
mod language_switch;
mod lesson_menu;
mod select;
mod share_link;
mod theme_switch;

use super::view_context::ViewContext;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    html! {
        <header class="bar">
            <h1>{ "Stageplay" }</h1>
            { lesson_menu::view(cx) }
            { engine_menu::view(cx) }
            { as_of::view(cx) }
            <span class="spring"></span>
            { share_link::view(cx) }
            { language_switch::view(cx) }
            { theme_switch::view(cx) }
        </header>
    }
}
