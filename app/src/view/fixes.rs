//! The proven fixes of a failed start.

use super::size::labelled_size;
use super::view_context::ViewContext;
use crate::state::Msg;
use stageplay_report::FixReport;
use yew::prelude::*;

/// The fixes, each with the size of the fixed image and a button that applies it.
pub(super) fn view(cx: &ViewContext, fixes: &[FixReport]) -> Html {
    if fixes.is_empty() {
        return html! {};
    }
    html! {
        <div class="fixes">
            <h3>{ cx.t("fixes") }</h3>
            <ul>
                // By its key a fix keeps its button, and the focus on it, when further fixes are found.
                { for fixes.iter().enumerate().map(|(index, fix)| html! {
                    <li key={format!("{} {}", fix.id, fix.title)}>
                        <div>
                            <b>{ &fix.title }</b>
                            <p>{ &fix.why }</p>
                            <small>{ cx.t("proven") }{ " · " }{ labelled_size(cx, &fix.proof.size) }</small>
                        </div>
                        <button type="button" class="apply" aria-label={[cx.t("apply"), fix.title.clone()].join(cx.colon())} disabled={!cx.model.is_outcome_current()} data-fix={fix.id.clone()} onclick={cx.on(Msg::ApplyFix(index))}>{ cx.t("apply") }</button>
                    </li>
                }) }
            </ul>
        </div>
    }
}
