//! What the image holds more than once, and the space that this costs.

use crate::i18n::fill;
use crate::state::Msg;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{ExplorerRequest, RepeatedFiles};
use yew::prelude::*;

/// What the image holds more than once: what could be saved, and dive's figures.
pub(super) fn view(cx: &ViewContext, space: &RepeatedFiles) -> Html {
    if space.reclaimable == 0 && space.dive_wasted == 0 {
        return html! { <p class="hint saved">{ cx.t("space.none") }</p> };
    }
    let number = |layers: &[usize]| layers.iter().map(|layer| (layer + 1).to_string()).collect::<Vec<_>>().join(", ");
    html! {
        <details class="space" id="space">
            <summary>{ fill(&cx.t("space.reclaimable"), &[("size", space.size.clone())]) }</summary>
            <p>{ cx.t("space.why") }</p>
            <table>
                <thead><tr><th>{ cx.t("path") }</th><th>{ cx.t("layers") }</th><th class="amount">{ cx.t("size") }</th></tr></thead>
                <tbody>
                    { for space.files.iter().map(|(path, size, layers)| html! {
                        <tr>
                            <td><button type="button" class="link" onclick={cx.on(Msg::Explore(ExplorerRequest::Inspect(Some(path.clone()))))}><code>{ path }</code></button></td>
                            <td>{ number(layers) }</td>
                            <td class="amount">{ size }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
            <p class="basis">
                { fill(&cx.t("space.dive"), &[
                    ("size", space.dive_size.clone()),
                    ("efficiency", format!("{:.1} %", space.dive_efficiency * 100.0)),
                ]) }
            </p>
        </details>
    }
}
