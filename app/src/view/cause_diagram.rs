//! The cause of a failed start as a diagram: what the program requires, and what the image has of it.

use super::view_context::ViewContext;
use stageplay_protocol::CauseDiagram;
use yew::prelude::*;

/// What the program requires beside what the image has.
pub(super) fn view(cx: &ViewContext, diagram: &CauseDiagram) -> Html {
    let list =
        |items: &[String]| html! { <ul>{ for items.iter().map(|item| html! { <li><code>{ item }</code></li> }) }</ul> };
    let present = if diagram.present.is_empty() {
        html! { <p>{ cx.t("cause.nothing") }</p> }
    } else {
        list(&diagram.present)
    };
    html! {
        <figure class="picture">
            <div class="asks"><b><code>{ &diagram.program }</code>{ " " }{ cx.t("cause.requires") }</b>{ list(&diagram.required) }</div>
            <span class="against" aria-hidden="true">{ "≠" }</span>
            <div class="has"><b>{ cx.t("cause.has") }</b>{ present }</div>
        </figure>
    }
}
