//! The state of the simulator, where it is not simply at work: its program is being loaded, or it was stopped.

use super::view_context::ViewContext;
use crate::state::{Msg, StopReason, WorkerState};
use yew::prelude::*;

/// In place of a result that is not there yet.
pub(super) fn without_result(cx: &ViewContext) -> Html {
    if matches!(cx.model.simulator.state, WorkerState::Stopped(_)) {
        return html! {};
    }
    html! {
        <div class="headline unknown" data-verdict="loading">
            <span class="mark" aria-hidden="true">{ "…" }</span>
            <div><strong>{ cx.t("simulator.loading") }</strong></div>
        </div>
    }
}

/// Why the simulator was stopped, and what the person can do.
pub(super) fn view(cx: &ViewContext) -> Html {
    let WorkerState::Stopped(reason) = &cx.model.simulator.state else {
        return html! {};
    };
    let (id, detail) = match reason {
        StopReason::Failed(message) => ("simulator.failed", Some(message)),
        StopReason::NotLoaded(message) => ("simulator.not-loaded", Some(message)),
        StopReason::TooSlow => ("simulator.too-slow", None),
        StopReason::Interrupted => ("simulator.interrupted", None),
    };
    let can_begin_anew = !matches!(reason, StopReason::NotLoaded(_));
    html! {
        <div class="stopped" id="simulator-stopped" role="alert">
            <p><strong>{ cx.t(id) }</strong>{ " " }{ cx.t("simulator.text-is-kept") }</p>
            { for detail.map(|message| html! { <p class="basis">{ message }</p> }) }
            <p>
                <button type="button" id="restart-simulator" onclick={cx.on(Msg::RestartSimulator)}>{ cx.t("simulator.restart") }</button>
                { " " }
                if can_begin_anew {
                    <button type="button" id="begin-without-text" onclick={cx.on(Msg::BeginWithoutText)}>{ cx.t("simulator.begin-anew") }</button>
                }
            </p>
        </div>
    }
}
