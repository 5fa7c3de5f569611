//! The page as a first visit shows it before any script has run, rendered when the page is built.

use super::page;
use super::view_context::ViewContext;
use crate::state::{Model, Msg, Theme};
use stageplay_dockerfile::language::tokens;
use stageplay_protocol::{FirstResult, FirstVisit, token_class};
use stageplay_report::words::Language;
use std::rc::Rc;
use yew::LocalServerRenderer;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
struct Props {
    first: Rc<(FirstVisit, FirstResult)>,
    is_chinese: bool,
}

#[component]
fn Page(props: &Props) -> Html {
    let language = if props.is_chinese { Language::Chinese } else { Language::English };
    let (first, result) = (*props.first).clone();
    let mut model = Model::new(first, language, Theme::System);
    model.update(Msg::FirstResultRead(Box::new(result)));
    let cx = ViewContext { model: &model, dispatch: &Callback::noop() };
    page::view(&cx, &NodeRef::default(), &NodeRef::default(), code(model.dockerfile_text()))
}

/// The Dockerfile with its colours and line numbers, until the editor is there. It looks like the text in the editor.
fn code(text: &str) -> Html {
    let number = || html! { <span class="line-number"></span> };
    // The style sheet counts the lines.
    let lines = |from: usize, to: usize| {
        let text = text.get(from..to).unwrap_or_default();
        let lines =
            text.split_inclusive('\n').map(|line| html! { <>{ line }if line.ends_with('\n') { { number() } }</> });
        lines.collect::<Html>()
    };
    let mut parts = vec![number()];
    let mut at = 0;
    for token in tokens(text) {
        parts.push(lines(at, token.span.start));
        let class = format!("token-{}", token_class(token.kind));
        parts.push(html! { <span class={class}>{ lines(token.span.start, token.span.end) }</span> });
        at = token.span.end;
    }
    parts.push(lines(at, text.len()));
    html! { <pre class="static-code">{ for parts }</pre> }
}

/// The page of a first visit as HTML.
pub async fn first_visit_html(first: &FirstVisit, result: &FirstResult, language: Language) -> String {
    let props = Props { first: Rc::new((first.clone(), result.clone())), is_chinese: language == Language::Chinese };
    LocalServerRenderer::<Page>::with_props(props).hydratable(false).render().await
}
