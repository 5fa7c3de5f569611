//! The menu of engines and their builders.

use super::select::selected_value;
use crate::state::Msg;
use crate::view::view_context::ViewContext;
use yew::prelude::*;

/// How many of the newest engines stand in the first group.
const NEW: usize = 3;

/// The engines, newest first, with the older ones in a group of their own.
pub(super) fn view(cx: &ViewContext) -> Html {
    let model = cx.model;
    let dispatch = cx.dispatch.clone();
    let on_change = Callback::from(move |event: Event| {
        if let Some((id, builder)) = selected_value(&event).split_once(' ') {
            dispatch.emit(Msg::SelectEngine(id.to_string(), builder.to_string()));
        }
    });
    let choices = |is_old: bool| {
        let profiles = model.engines().iter().rev().enumerate().filter(move |(age, _)| (*age >= NEW) == is_old);
        let choices =
            profiles.flat_map(|(_, profile)| profile.builders.iter().rev().map(move |builder| (profile, builder)));
        choices.map(|(profile, builder)| {
            html! {
                <option value={format!("{} {}", profile.id, builder)}
                    selected={profile.id == model.workspace.engine && *builder == model.workspace.builder}>
                    { format!("Docker {} · {}", profile.version, cx.t(&format!("builder.{}", builder))) }
                </option>
            }
        })
    };
    html! {
        <label class="field">
            <span>{ cx.t("engine") }</span>
            <select id="engine-select" onchange={on_change}>
                <optgroup label={cx.t("engines.new")}>{ for choices(false) }</optgroup>
                <optgroup label={cx.t("engines.old")}>{ for choices(true) }</optgroup>
            </select>
        </label>
    }
}
