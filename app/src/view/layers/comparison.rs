//! With what the image can be compared, and what comes of it: the sizes of both, or why there is no comparison.

use crate::i18n::fill;
use crate::state::{Msg, StagesMsg};
use crate::view::size::difference;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{Comparand, ExplorerRequest};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// The words for what an image is compared with.
fn comparand_words(cx: &ViewContext, with: &Comparand) -> String {
    let stages = cx.model.outcome.as_ref().map(|outcome| &outcome.report.stages);
    match with {
        Comparand::Kept => cx.t("compare.kept"),
        Comparand::Image(reference) => reference.clone(),
        Comparand::Layer(layer) => fill(&cx.t("compare.layer"), &[("number", (layer + 1).to_string())]),
        Comparand::Stage(stage) => {
            let name = stages.and_then(|stages| stages.get(*stage)?.name.clone());
            fill(&cx.t("compare.stage"), &[("stage", name.unwrap_or_else(|| stage.to_string()))])
        }
    }
}

/// What the image can be compared with: a version of the workspace, a layer, a stage, another image.
pub(super) fn compare(cx: &ViewContext) -> Html {
    let explorer = &cx.model.layers.view;
    let mut choices = explorer.comparands.clone();
    let own = explorer.layers.iter().enumerate().filter(|(_, layer)| layer.base.is_none());
    let last = explorer.layers.len().saturating_sub(1);
    choices.extend(own.filter(|(index, _)| *index < last).map(|(index, _)| Comparand::Layer(index)));
    let with = explorer.comparison.as_ref().map(|comparison| comparison.with.clone());
    if let Some(with) = with.clone().filter(|with| !choices.contains(with)) {
        choices.push(with);
    }
    let (dispatch, values) = (cx.dispatch.clone(), choices.clone());
    let on_change = Callback::from(move |event: Event| {
        let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
        let chosen = select.value().parse::<usize>().ok().and_then(|index| values.get(index).cloned());
        dispatch.emit(Msg::Explore(ExplorerRequest::Compare(chosen)));
    });
    html! {
        <label class="field">
            <span>{ cx.t("compare.with") }</span>
            <select id="compare-with" onchange={on_change}>
                <option value="" selected={with.is_none()}>{ cx.t("compare.nothing") }</option>
                { for choices.iter().enumerate().map(|(index, choice)| html! {
                    <option value={index.to_string()} selected={with.as_ref() == Some(choice)}>{ comparand_words(cx, choice) }</option>
                }) }
            </select>
        </label>
    }
}

/// The sizes of both images, or why there is no comparison; and a field for another image.
pub(super) fn result_of_comparison(cx: &ViewContext) -> Option<Html> {
    let comparison = cx.model.layers.view.comparison.as_ref()?;
    let sizes = comparison.size_before.as_ref().map(|before| {
        let values = [("before", before.marked_text()), ("after", comparison.size_after.marked_text())];
        let change = difference(before, &comparison.size_after).map(|change| format!(" ({change})"));
        format!("{}{}", fill(&cx.t("compare.sizes"), &values), change.unwrap_or_default())
    });
    let text = match &comparison.problem {
        Some(problem) => {
            let values = [("image", comparand_words(cx, &comparison.with))];
            fill(&cx.t(&format!("compare.{problem}")), &values)
        }
        None => sizes.unwrap_or_default(),
    };
    let dispatch = cx.dispatch.clone();
    let on_change = Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        let name = input.value().trim().to_string();
        if !name.is_empty() {
            dispatch.emit(Msg::Explore(ExplorerRequest::Compare(Some(Comparand::Image(name)))));
        }
    });
    Some(html! {
        <div class="comparison-line" id="comparison-line">
            <p role="status">{ text }</p>
            <label class="field">
                <span>{ cx.t("compare.another") }</span>
                <input type="text" id="compare-image" placeholder="nginx:1.31" onchange={on_change} />
            </label>
            <button type="button" id="keep-state" onclick={cx.on(Msg::Stages(StagesMsg::KeepState))}>{ cx.t("changes.keep") }</button>
        </div>
    })
}
