//! The choice of the stage whose layers are shown.

use crate::i18n::fill;
use crate::state::Msg;
use crate::view::view_context::ViewContext;
use stageplay_protocol::ExplorerRequest;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Whose layers are shown, if several stages are built.
pub(super) fn view(cx: &ViewContext) -> Option<Html> {
    let outcome = cx.model.outcome.as_ref()?;
    let target = outcome.graph.as_ref()?.target;
    let built: Vec<(usize, String)> = outcome
        .report
        .stages
        .iter()
        .filter(|stage| stage.built)
        .map(|stage| (stage.index, stage.name.clone().unwrap_or_else(|| stage.index.to_string())))
        .collect();
    if built.len() < 2 {
        return None;
    }
    let shown = cx.model.layers.view.stage.unwrap_or(target);
    let dispatch = cx.dispatch.clone();
    let on_change = Callback::from(move |event: Event| {
        let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
        let stage = select.value().parse::<usize>().ok().filter(|stage| *stage != target);
        dispatch.emit(Msg::Explore(ExplorerRequest::SelectStage(stage)));
    });
    let words = |index: usize, name: &String| match index == target {
        true => cx.t("layers.of-target"),
        false => fill(&cx.t("compare.stage"), &[("stage", name.clone())]),
    };
    Some(html! {
        <label class="field">
            <span>{ cx.t("layers.of-stage") }</span>
            <select id="layers-of-stage" onchange={on_change}>
                { for built.iter().map(|(index, name)| html! {
                    <option value={index.to_string()} selected={*index == shown}>{ words(*index, name) }</option>
                }) }
            </select>
        </label>
    })
}
