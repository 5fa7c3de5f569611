//! What is seen. Each part is a function of the model; what a person does goes back as a message.

mod app;
mod cache;
mod checks;
mod editor;
mod explorer;
mod header;
mod layers;
mod lesson;
mod program;
mod real;
mod run;
mod stages;
mod terminal;

pub use app::App;

use crate::state::{Model, Msg};
use crate::wording::t;
use stageplay_core::measure::human_size;
use stageplay_core::report::Size;
use yew::prelude::*;

/// The model and the way back.
pub(crate) struct Scene<'a> {
    pub(crate) model: &'a Model,
    pub(crate) tell: &'a Callback<Msg>,
}

impl Scene<'_> {
    /// Words of the interface.
    pub(crate) fn t(&self, id: &str) -> String {
        t(self.model.language, id)
    }

    /// A callback that sends a message.
    pub(crate) fn on<E: 'static>(&self, msg: Msg) -> Callback<E> {
        let tell = self.tell.clone();
        Callback::from(move |_: E| tell.emit(msg.clone()))
    }

    /// A size with a mark of how it is known.
    pub(crate) fn size(&self, size: &Size) -> Html {
        let text = match (size.bytes, size.at_least) {
            (Some(bytes), _) => human_size(bytes, 3),
            (None, Some(0) | None) => "?".to_string(),
            (None, Some(bytes)) => format!("≥{}", human_size(bytes, 3)),
        };
        let how = self.t(&format!("honesty.{}", size.honesty));
        let title = match &size.basis {
            Some(basis) => format!("{how}: {basis}"),
            None => how.clone(),
        };
        html! {
            <span class={classes!("size", size.honesty.to_string())} title={title}>
                { text }<span class="mark">{ how }</span>
            </span>
        }
    }
}
