//! Data about base images that is being fetched, or could not be fetched.

use super::view_context::ViewContext;
use crate::state::Msg;
use yew::prelude::*;

/// A line about data that is being fetched, and one with a button about data that could not be fetched.
pub(super) fn view(cx: &ViewContext) -> Html {
    let data = &cx.model.image_data;
    html! {
        <>
            if !data.loading.is_empty() {
                <p class="image-data" data-state="loading"><small>{ cx.t("image-data.loading") }{ " " }{ data.loading.join(", ") }</small></p>
            }
            if !data.failures.is_empty() {
                <p class="image-data" data-state="failed" role="alert">
                    { cx.t("image-data.failed") }{ " " }<small>{ data.failures.join("; ") }</small>{ " " }
                    <button type="button" id="retry-image-data" onclick={cx.on(Msg::RetryImageData)}>{ cx.t("image-data.retry") }</button>
                </p>
            }
        </>
    }
}

/// The headline of a build that waits for data about its base images.
pub(super) fn headline(cx: &ViewContext) -> Html {
    let is_loading = !cx.model.image_data.loading.is_empty();
    let (state, text) = if is_loading { ("loading", "image-data.wait") } else { ("unknown", "image-data.lacking") };
    html! {
        <div class="headline unknown" data-verdict={state}>
            <span class="mark" aria-hidden="true">{ if is_loading { "…" } else { "?" } }</span>
            <div><strong>{ cx.t(text) }</strong></div>
        </div>
    }
}
