//! The menu of lessons.

use super::select::selected_value;
use crate::state::Msg;
use crate::view::view_context::ViewContext;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let model = cx.model;
    let dispatch = cx.dispatch.clone();
    let on_change = Callback::from(move |event: Event| {
        let slug = selected_value(&event);
        if !slug.is_empty() {
            dispatch.emit(Msg::SelectLesson(slug));
        }
    });
    let open = model.lesson.as_ref().map(|lesson| lesson.slug.clone()).unwrap_or_default();
    let mut sets: Vec<String> = Vec::new();
    for entry in &model.lessons {
        if !sets.contains(&entry.set) {
            sets.push(entry.set.clone());
        }
    }
    html! {
        <label class="field">
            <span>{ cx.t("lesson") }</span>
            <select id="lesson-select" onchange={on_change}>
                <option value="" selected={open.is_empty()}>{ cx.t("lesson.none") }</option>
                { for sets.iter().map(|set| html! {
                    <optgroup label={cx.t(&format!("set.{set}"))}>
                        { for model.lessons.iter().filter(|entry| entry.set == *set).map(|entry| html! {
                            <option value={entry.slug.clone()} selected={entry.slug == open}>{ entry.title(model.language) }</option>
                        }) }
                    </optgroup>
                }) }
            </select>
        </label>
    }
}
