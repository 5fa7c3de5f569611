//! The menu of engines and their builders.

use super::select::selected_value;
use crate::state::Msg;
use crate::view::view_context::ViewContext;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let model = cx.model;
    let dispatch = cx.dispatch.clone();
    let on_change = Callback::from(move |event: Event| {
        if let Some((id, builder)) = selected_value(&event).split_once(' ') {
            dispatch.emit(Msg::SelectEngine(id.to_string(), builder.to_string()));
        }
    });
    let profiles = model.engines().iter();
    let choices = profiles.flat_map(|profile| profile.builders.iter().map(move |builder| (profile, builder)));
    html! {
        <label class="field">
            <span>{ cx.t("engine") }</span>
            <select id="engine-select" onchange={on_change}>
                { for choices.map(|(profile, builder)| html! {
                    <option value={format!("{} {}", profile.id, builder)}
                        selected={profile.id == model.workspace.engine && *builder == model.workspace.builder}>
                        { format!("Docker {} · {}", profile.version, cx.t(&format!("builder.{}", builder))) }
                    </option>
                }) }
            </select>
        </label>
    }
}
