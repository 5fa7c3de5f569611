//! The value of a select element.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// The selected value after a change event; empty if the event is not that of a select element.
pub(super) fn selected_value(event: &Event) -> String {
    event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value()).unwrap_or_default()
}
