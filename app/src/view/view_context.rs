//! What every view function gets: the model, and the callback for messages.

use crate::i18n::{colon, t};
use crate::state::{Model, Msg};
use stageplay_report::words::Language;
use yew::prelude::*;

/// The model that is rendered, and the callback that dispatches messages.
pub(super) struct ViewContext<'a> {
    pub(super) model: &'a Model,
    pub(super) dispatch: &'a Callback<Msg>,
}

impl ViewContext<'_> {
    /// The words of the interface for an id, in the language of the page.
    pub(super) fn t(&self, id: &str) -> String {
        t(self.model.language, id)
    }

    /// What stands behind a colon: a space, which a full-width colon has in it.
    pub(super) fn gap(&self) -> &'static str {
        if self.model.language == Language::Chinese { "" } else { " " }
    }

    /// A colon with the space behind it.
    pub(super) fn colon(&self) -> &'static str {
        colon(self.model.language)
    }

    /// An event handler that dispatches a message.
    pub(super) fn on<E: 'static>(&self, msg: Msg) -> Callback<E> {
        let dispatch = self.dispatch.clone();
        Callback::from(move |_: E| dispatch.emit(msg.clone()))
    }

    /// `line 3` in the language of the page.
    pub(super) fn line(&self, line: usize) -> String {
        self.t("line").replace("{line}", &line.to_string())
    }

    /// A button `line 3` that shows this line in the editor.
    pub(super) fn line_button(&self, line: usize) -> Html {
        html! { <button type="button" class="line" onclick={self.on(Msg::GoToLine(line))}>{ self.line(line) }</button> }
    }

    /// Content that is a link to a line of the Dockerfile if the line is known.
    pub(super) fn line_link(&self, line: Option<usize>, content: Html) -> Html {
        match line {
            Some(line) => html! {
                <button type="button" class="link" onclick={self.on(Msg::GoToLine(line))}>{ content }</button>
            },
            None => content,
        }
    }
}
