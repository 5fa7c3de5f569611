//! The day on which tags are looked up.

use crate::state::Msg;
use crate::view::view_context::ViewContext;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Before this day there were no images.
const FIRST_DAY: &str = "2013-01-01";

/// A date field that shows the day of the engine unless another one was chosen, and a button that goes back to it.
pub(super) fn view(cx: &ViewContext) -> Html {
    // While a date is typed, the field has dates of the first century. Only a valid one is taken at once; what is there
    // when the field is left is taken or refused.
    let on = |takes: fn(&HtmlInputElement) -> bool| {
        let dispatch = cx.dispatch.clone();
        Callback::from(move |field: Option<HtmlInputElement>| {
            if let Some(field) = field.filter(takes) {
                dispatch.emit(Msg::SetAsOf(field.value()));
            }
        })
    };
    let on_change = on(HtmlInputElement::check_validity).reform(|event: Event| event.target_dyn_into());
    let on_blur = on(|field| !field.check_validity()).reform(|event: FocusEvent| event.target_dyn_into());
    html! {
        <>
            <label class="field" title={cx.t("as-of.hint")}>
                <span>{ cx.t("as-of") }</span>
                <input type="date" id="as-of" min={FIRST_DAY} max="9999-12-31"
                    value={cx.model.day()} onchange={on_change} onblur={on_blur} />
            </label>
            if cx.model.workspace.as_of.is_some() {
                <button type="button" id="as-of-clear" onclick={cx.on(Msg::SetAsOf(String::new()))}>{ cx.t("as-of.clear") }</button>
            }
        </>
    }
}
