//! A modal dialog: the browser's own, which holds the focus and closes by Escape.

use super::icon::icon;
use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// The id of the element.
    pub(super) id: AttrValue,
    /// The heading.
    pub(super) title: AttrValue,
    /// The words of the button that closes it.
    pub(super) close: AttrValue,
    pub(super) on_close: Callback<()>,
    #[prop_or_default]
    pub(super) class: Classes,
    pub(super) children: Html,
}

/// A dialog that is open as long as it is rendered. Afterwards the focus is where it was.
#[component]
pub(super) fn Modal(props: &Props) -> Html {
    let dialog = use_node_ref();
    let shown = dialog.clone();
    use_effect_with((), move |()| {
        let before = document().active_element().and_then(|at| at.dyn_into::<HtmlElement>().ok());
        if let Some(dialog) = shown.cast::<HtmlDialogElement>() {
            let _ = dialog.show_modal();
        }
        move || {
            if let Some(before) = before.filter(|at| at.is_connected()) {
                let _ = before.focus();
            }
        }
    });
    let (on_cancel, on_click, on_button) = (props.on_close.clone(), props.on_close.clone(), props.on_close.clone());
    let own = dialog.clone();
    // A click beside the dialog hits the element itself.
    let on_click = Callback::from(move |event: MouseEvent| {
        let is_backdrop = event.target_dyn_into::<HtmlDialogElement>().is_some_and(|at| own.cast() == Some(at));
        if is_backdrop {
            on_click.emit(());
        }
    });
    let on_cancel = Callback::from(move |event: Event| {
        event.prevent_default();
        on_cancel.emit(());
    });
    let heading = format!("{}-title", props.id);
    html! {
        <dialog ref={dialog} id={props.id.clone()} class={classes!("modal", props.class.clone())} aria-labelledby={heading.clone()}
            oncancel={on_cancel} onmousedown={on_click}>
            <div class="modal-body">
                <header class="modal-head">
                    <h2 id={heading}>{ &props.title }</h2>
                    <button type="button" class="icon-button" aria-label={props.close.clone()} title={props.close.clone()}
                        onclick={Callback::from(move |_| on_button.emit(()))}>{ icon("close") }</button>
                </header>
                { props.children.clone() }
            </div>
        </dialog>
    }
}
