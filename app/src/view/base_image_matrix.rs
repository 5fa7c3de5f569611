//! The program of the image on every base image.

use super::size::labelled_size;
use super::view_context::ViewContext;
use crate::state::Msg;
use yew::prelude::*;

/// A button that asks for the comparison, then the table.
pub(super) fn view(cx: &ViewContext) -> Html {
    if !cx.model.outcome.as_ref().is_some_and(|outcome| outcome.starts_program) {
        return html! {};
    }
    let Some(matches) = &cx.model.base_image_matrix else {
        return html! {
            <p class="matrix-ask"><button type="button" id="compare" onclick={cx.on(Msg::CompareBaseImages)}>{ cx.t("matrix.compare") }</button></p>
        };
    };
    let starts = matches.iter().filter(|one| one.verdict == "starts").count();
    html! {
        <details class="matrix" id="matrix" open=true>
            <summary>{ format!("{} ({starts} / {})", cx.t("matrix.title"), matches.len()) }</summary>
            <div class="scroll" tabindex="0">
                <table>
                    <thead><tr>
                        <th>{ cx.t("matrix.image") }</th>
                        <th>{ cx.t("matrix.size") }</th>
                        <th>{ cx.t("matrix.verdict") }</th>
                    </tr></thead>
                    <tbody>
                        { for matches.iter().map(|one| html! {
                            <tr class={one.verdict.clone()}>
                                <td><code>{ &one.image }</code><small>{ &one.libc }</small></td>
                                <td>{ labelled_size(cx, &one.size) }</td>
                                <td>{ cx.t(&format!("matrix.{}", one.verdict)) }{ for one.reason.iter().map(|why| html! { <small>{ why }</small> }) }</td>
                            </tr>
                        }) }
                    </tbody>
                </table>
            </div>
        </details>
    }
}
