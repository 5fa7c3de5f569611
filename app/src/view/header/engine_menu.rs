//! The menu of engines and their builders.

use super::select::selected_value;
use crate::state::Msg;
use crate::view::view_context::ViewContext;
use stageplay_core::engine::{Builder, EngineProfile};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let model = cx.model;
    let dispatch = cx.dispatch.clone();
    let on_change = Callback::from(move |event: Event| {
        if let Some((id, builder)) = selected_value(&event).split_once(' ') {
            let builder = Builder::parse(builder).unwrap_or(Builder::Buildkit);
            dispatch.emit(Msg::SelectEngine(id.to_string(), builder));
        }
    });
    let profiles = EngineProfile::all().iter();
    let choices = profiles.flat_map(|profile| profile.builders().into_iter().map(move |builder| (profile, builder)));
    html! {
        <label class="field">
            <span>{ cx.t("engine") }</span>
            <select id="engine-select" onchange={on_change}>
                { for choices.map(|(profile, builder)| html! {
                    <option value={format!("{} {}", profile.id, builder.as_str())}
                        selected={profile.id == model.engine.id && builder == model.builder}>
                        { format!("Docker {} · {}", profile.version, cx.t(&format!("builder.{}", builder.as_str()))) }
                    </option>
                }) }
            </select>
        </label>
    }
}
