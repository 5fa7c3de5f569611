//! The page as a first visit shows it before any script has run, rendered when the page is built.

use super::page;
use super::view_context::ViewContext;
use crate::state::{Model, Theme};
use stageplay_dockerfile::language::tokens;
use stageplay_protocol::{FirstVisit, token_class};
use stageplay_report::words::Language;
use std::rc::Rc;
use yew::LocalServerRenderer;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
struct Props {
    first: Rc<FirstVisit>,
    is_chinese: bool,
}

#[component]
fn Page(props: &Props) -> Html {
    let language = if props.is_chinese { Language::Chinese } else { Language::English };
    let model = Model::new(FirstVisit::clone(&props.first), language, Theme::System);
    let cx = ViewContext { model: &model, dispatch: &Callback::noop() };
    page::view(&cx, &NodeRef::default(), &NodeRef::default(), code(model.dockerfile_text()))
}

/// The Dockerfile with its colours, until the editor is there.
fn code(text: &str) -> Html {
    let mut parts = Vec::new();
    let mut at = 0;
    let plain = |from: usize, to: usize| html! { { text.get(from..to).unwrap_or_default() } };
    for token in tokens(text) {
        parts.push(plain(at, token.span.start));
        let class = format!("token-{}", token_class(token.kind));
        parts.push(html! { <span class={class}>{ text.get(token.span.clone()).unwrap_or_default() }</span> });
        at = token.span.end;
    }
    parts.push(plain(at, text.len()));
    html! { <pre class="static-code">{ for parts }</pre> }
}

/// The page of a first visit as HTML.
pub async fn first_visit_html(first: &FirstVisit, language: Language) -> String {
    let props = Props { first: Rc::new(first.clone()), is_chinese: language == Language::Chinese };
    LocalServerRenderer::<Page>::with_props(props).hydratable(false).render().await
}
