//! The layers tab: the layers of the image to scale, its files as a map and as a list, and where a file comes from.

mod bars;
mod comparison;
mod file_filter;
mod file_list;
mod file_panel;
mod repeated_files;
mod squarify;
mod stage_choice;
mod treemap;

use super::view_context::ViewContext;
use stageplay_protocol::PathChange;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    if cx.model.layers_shown().is_empty() && cx.model.layers.view.stage.is_none() {
        return html! { <p class="hint">{ cx.t("layers.none") }</p> };
    }
    let explorer = &cx.model.layers.view;
    html! {
        <div class={classes!("layers-tab", explorer.is_outdated.then_some("outdated"))}>
            { for explorer.is_outdated.then(|| html! { <p class="outdated-note">{ cx.t("layers.outdated") }</p> }) }
            { bars::view(cx) }
            { files(cx) }
        </div>
    }
}

/// The files of the layer that is selected, or of the image.
fn files(cx: &ViewContext) -> Html {
    let explorer = &cx.model.layers.view;
    if explorer.layers.is_empty() {
        return html! { <p class="hint" role="status">{ cx.t("files.loading") }</p> };
    }
    html! {
        <section class="card files-card" id="explorer" aria-label={cx.t("files.title")}>
            { file_filter::view(cx) }
            { treemap::view(cx) }
            { file_list::view(cx) }
            { for explorer.file.iter().map(|file| file_panel::view(cx, file)) }
        </section>
    }
}

/// The sign of a change, which stands beside its colour.
fn sign(change: PathChange) -> &'static str {
    match change {
        PathChange::Added => "+",
        PathChange::Changed => "~",
        PathChange::Removed => "−",
        PathChange::Unchanged => "=",
    }
}
