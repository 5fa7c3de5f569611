//! The exercises: the element in which their scripts show them.

use super::view_context::ViewContext;
use crate::state::{ExercisesMsg, Msg};
use yew::prelude::*;

/// The id of the element.
pub(super) const ID: &str = "exercises";

/// The column. Its content is that of the scripts; until they are loaded it says so.
pub(super) fn view(cx: &ViewContext) -> Html {
    html! {
        <section key={ID} id={ID} class="lesson exercises" aria-label={cx.t("exercises")} data-loading={cx.t("exercises.loading")}></section>
    }
}

/// The button that shows them. On a narrow screen it closes the settings, in which it is.
pub(super) fn button(cx: &ViewContext) -> Html {
    let msg = Msg::Exercises(if cx.model.exercises.is_open { ExercisesMsg::Hide } else { ExercisesMsg::Show });
    html! {
        <button type="button" id="open-exercises" aria-pressed={cx.model.exercises.is_open.to_string()}
            popovertarget="settings" popovertargetaction="hide" onclick={cx.on(msg)}>
            { cx.t("exercises") }
        </button>
    }
}
