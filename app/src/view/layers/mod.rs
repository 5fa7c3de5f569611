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
use crate::state::Msg;
use stageplay_protocol::{ExplorerRequest, PathChange};
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
            { largest_files(cx) }
            { file_list::view(cx) }
            { for explorer.file.iter().map(|file| file_panel::view(cx, file)) }
        </section>
    }
}

/// The largest files, which also a screen without room for the map shows.
fn largest_files(cx: &ViewContext) -> Html {
    let files = &cx.model.layers.view.largest;
    if files.is_empty() {
        return html! {};
    }
    html! {
        <details class="map-table" id="largest-files">
            <summary>{ cx.t("files.largest") }</summary>
            <table>
                <tbody>
                    { for files.iter().map(|(path, size)| html! {
                        <tr key={path.clone()}>
                            <td><button type="button" class="link" onclick={cx.on(Msg::Explore(ExplorerRequest::Inspect(Some(path.clone()))))}><code>{ path }</code></button></td>
                            <td class="amount">{ size }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </details>
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
