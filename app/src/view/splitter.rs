//! The splitters between the panels: dragged, or moved by the arrow keys.

use super::view_context::ViewContext;
use crate::state::{FoldablePanel, Msg, Splitter};
use web_sys::{Element, HtmlElement, PointerEvent};
use yew::prelude::*;

/// How far an arrow key moves a splitter, in percent.
const STEP: u8 = 2;

/// A splitter. Double-click sets the size that the panel has at first, Enter folds the panel.
pub(super) fn view(cx: &ViewContext, splitter: Splitter) -> Html {
    let (class, orientation) = match splitter {
        Splitter::Lesson => ("lesson", "vertical"),
        Splitter::Result => ("result", "vertical"),
        Splitter::Terminal => ("terminal", "horizontal"),
    };
    let size = cx.model.panel_layout.size(splitter);
    let (least, greatest) = splitter.range();
    let dispatch = cx.dispatch.clone();
    let on_move = Callback::from(move |event: PointerEvent| {
        if event.buttons() & 1 == 1
            && let Some(size) = dragged_size(splitter, &event)
        {
            dispatch.emit(Msg::ResizePanel(splitter, Some(size)));
        }
    });
    let dispatch = cx.dispatch.clone();
    let on_key = Callback::from(move |event: KeyboardEvent| {
        let (smaller, larger) = match splitter {
            Splitter::Lesson => ("ArrowLeft", "ArrowRight"),
            Splitter::Result => ("ArrowRight", "ArrowLeft"),
            Splitter::Terminal => ("ArrowDown", "ArrowUp"),
        };
        let next = match event.key().as_str() {
            "Home" => Some(least),
            "End" => Some(greatest),
            key if key == smaller => Some(size.saturating_sub(STEP)),
            key if key == larger => Some(size.saturating_add(STEP)),
            _ => None,
        };
        let msg = match (next, splitter) {
            (Some(size), _) => Msg::ResizePanel(splitter, Some(size)),
            (None, Splitter::Lesson) if event.key() == "Enter" => Msg::FoldPanel(FoldablePanel::Lesson, true),
            (None, Splitter::Terminal) if event.key() == "Enter" => Msg::FoldPanel(FoldablePanel::Terminal, true),
            (None, _) => return,
        };
        event.prevent_default();
        dispatch.emit(msg);
    });
    html! {
        <div class={classes!("splitter", format!("of-{class}"))} id={format!("splitter-{class}")} role="separator" tabindex="0"
            aria-orientation={orientation} aria-label={cx.t(&format!("splitter.{class}"))} title={cx.t("splitter.hint")}
            aria-valuenow={size.to_string()} aria-valuemin={least.to_string()} aria-valuemax={greatest.to_string()}
            onpointerdown={Callback::from(capture)} onpointermove={on_move} onkeydown={on_key}
            ondblclick={cx.on(Msg::ResizePanel(splitter, None))}></div>
    }
}

/// Lets the splitter get the moves of the pointer wherever it is.
fn capture(event: PointerEvent) {
    if let Some(splitter) = event.target_dyn_into::<HtmlElement>() {
        let _ = splitter.set_pointer_capture(event.pointer_id());
        let _ = splitter.focus();
    }
    event.prevent_default();
}

/// The size at which the pointer is, in percent.
fn dragged_size(splitter: Splitter, event: &PointerEvent) -> Option<u8> {
    let element: Element = event.target_dyn_into()?;
    let around = element.parent_element()?.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    let (part, whole) = match splitter {
        Splitter::Lesson => (x - around.left(), around.width()),
        Splitter::Result => {
            // The editor and the result share what the lesson leaves.
            let left = element.previous_element_sibling()?.get_bounding_client_rect().left();
            (around.right() - x, around.right() - left)
        }
        Splitter::Terminal => (around.bottom() - y, around.height()),
    };
    (whole > 0.0).then(|| (part * 100.0 / whole).clamp(0.0, 100.0).round() as u8)
}
