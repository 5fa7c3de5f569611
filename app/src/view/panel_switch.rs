//! The bar at the bottom of small screens, which show one panel at a time.

use super::view_context::ViewContext;
use crate::state::{Msg, Panel};
use yew::prelude::*;

/// The panels with the ids of their words.
const PANELS: [(Panel, &str); 4] =
    [(Panel::Lesson, "lesson"), (Panel::Editor, "editor"), (Panel::Result, "result"), (Panel::Terminal, "terminal")];

pub(super) fn view(cx: &ViewContext) -> Html {
    let has_lesson = cx.model.has_lesson_column();
    let panels = PANELS.iter().filter(|(panel, _)| has_lesson || *panel != Panel::Lesson);
    html! {
        <nav class="panels" aria-label={cx.t("panels")}>
            { for panels.map(|(panel, id)| html! {
                <button type="button" id={format!("panel-{id}")} aria-pressed={(cx.model.panel == *panel).to_string()}
                    onclick={cx.on(Msg::ShowPanel(*panel))}>{ cx.t(id) }</button>
            }) }
        </nav>
    }
}
