//! What is to be said of the open workspace: it came by a link, another page changed it, it cannot be kept.

use super::view_context::ViewContext;
use crate::state::{Msg, StorageProblem};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let library = &cx.model.library;
    html! {
        <>
            if library.is_changed_elsewhere {
                <div class="notice" role="alert" id="changed-elsewhere">
                    <span>{ cx.t("workspaces.changed-elsewhere") }</span>
                    <button type="button" id="take-other" onclick={cx.on(Msg::TakeOtherVersion)}>{ cx.t("workspaces.take-other") }</button>
                    <button type="button" id="keep-own" onclick={cx.on(Msg::KeepOwnVersion)}>{ cx.t("workspaces.keep-own") }</button>
                </div>
            }
            { for library.problem.map(|problem| {
                let id = match problem {
                    StorageProblem::Full => "workspaces.storage-full",
                    StorageProblem::Blocked => "workspaces.storage-blocked",
                };
                html! { <div class="notice" role="status" id="not-kept"><span>{ cx.t(id) }</span></div> }
            }) }
        </>
    }
}

/// In place of a result: a workspace that came by a link is simulated when the person wants it.
pub(super) fn held(cx: &ViewContext) -> Html {
    html! {
        <div class="headline unknown" data-verdict="held">
            <span class="mark" aria-hidden="true">{ "↗" }</span>
            <div>
                <strong>{ cx.t("link.title") }</strong>
                <p>{ cx.t("link.why") }</p>
                <p><button type="button" class="primary" id="simulate-link" onclick={cx.on(Msg::SimulateLink)}>{ cx.t("link.simulate") }</button></p>
            </div>
        </div>
    }
}
