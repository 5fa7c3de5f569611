//! The files of a directory as a treemap: a tile for each, as large as its share. A click zooms into a directory and
//! opens a file.

use super::sign;
use super::squarify::{Rect, squarify};
use crate::i18n::fill;
use crate::state::Msg;
use crate::view::text_format::shorten;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{ExplorerRequest, MapTile};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, SvgElement};
use yew::prelude::*;

/// The size of the drawing.
const SPACE: Rect = Rect { x: 0.0, y: 0.0, width: 720.0, height: 340.0 };
/// The height of a directory's name, and of a line of text.
const LINE: f64 = 18.0;
/// The width of a letter.
const LETTER: f64 = 7.6;

pub(super) fn view(cx: &ViewContext) -> Html {
    let tiles = &cx.model.layers.view.tiles;
    if tiles.is_empty() {
        return html! { <p class="hint">{ cx.t("files.nothing") }</p> };
    }
    let sizes: Vec<f64> = tiles.iter().map(|tile| tile.bytes as f64).collect();
    let total: f64 = sizes.iter().sum();
    let rects = squarify(&sizes, SPACE);
    html! {
        <>
            <svg class="treemap" id="treemap" viewBox="0 0 720 340" role="group" aria-label={cx.t("files.map")}
                onkeydown={Callback::from(move_focus)}>
                { for tiles.iter().zip(rects).enumerate().map(|(index, (tile, rect))| directory(cx, tile, rect, total, index == 0)) }
            </svg>
            { table(cx, tiles, total) }
        </>
    }
}

fn message(tile: &MapTile) -> Msg {
    Msg::Explore(match tile.is_dir {
        true => ExplorerRequest::Zoom(tile.path.clone()),
        false => ExplorerRequest::Inspect(Some(tile.path.clone())),
    })
}

/// Whether a click on the tile does something: it is a directory or a file, and no rest and no package.
fn is_openable(tile: &MapTile) -> bool {
    !tile.path.is_empty() && !tile.path.contains('\0')
}

fn name_of(cx: &ViewContext, tile: &MapTile) -> String {
    match (tile.path.is_empty(), tile.files) {
        (true, 0) => cx.t("files.not-listed"),
        (true, count) => fill(&cx.t("files.rest"), &[("count", count.to_string())]),
        (false, _) if tile.is_dir => format!("{}/", tile.name),
        (false, _) => tile.name.clone(),
    }
}

fn label(cx: &ViewContext, tile: &MapTile, total: f64) -> String {
    let share = tile.bytes as f64 * 100.0 / total.max(1.0);
    let change = cx.t(&format!("change.{}", tile.change.id()));
    format!("{}{}{}, {share:.1} %, {change}", marked_name(cx, tile), cx.colon(), tile.size)
}

/// The name behind the sign of its change, if it changed.
fn marked_name(cx: &ViewContext, tile: &MapTile) -> String {
    let name = name_of(cx, tile);
    if tile.change.id() == "unchanged" { name } else { format!("{} {name}", sign(tile.change)) }
}

/// A tile of the first level, with the tiles in it.
fn directory(cx: &ViewContext, tile: &MapTile, rect: Rect, total: f64, is_first: bool) -> Html {
    let inner = rect.inset(3.0, LINE);
    let holds_tiles = !tile.children.is_empty() && inner.width > 24.0 && inner.height > 16.0;
    let sizes: Vec<f64> = tile.children.iter().map(|child| child.bytes as f64).collect();
    let rects = if holds_tiles { squarify(&sizes, inner) } else { Vec::new() };
    let class =
        classes!("tile", tile.change.id(), tile.is_dir.then_some("dir"), tile.path.is_empty().then_some("rest"));
    let content = html! {
        <>
            <title>{ label(cx, tile, total) }</title>
            { shape(rect) }
            { text(marked_name(cx, tile), Some(&tile.size), rect, !holds_tiles) }
            { for tile.children.iter().zip(rects).map(|(child, rect)| nested(cx, child, rect, total)) }
        </>
    };
    if !is_openable(tile) {
        return html! { <g class={class}>{ content }</g> };
    }
    let (dispatch, on_enter) = (cx.dispatch.clone(), message(tile));
    let on_key = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            dispatch.emit(on_enter.clone());
        }
    });
    html! {
        <g class={class} role="button" tabindex={if is_first { "0" } else { "-1" }} aria-label={label(cx, tile, total)}
            onclick={cx.on(message(tile))} onkeydown={on_key}>{ content }</g>
    }
}

fn nested(cx: &ViewContext, tile: &MapTile, rect: Rect, total: f64) -> Html {
    let class = classes!("tile", "nested", tile.change.id(), tile.is_dir.then_some("dir"));
    let on_click = is_openable(tile).then(|| {
        let (dispatch, msg) = (cx.dispatch.clone(), message(tile));
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            dispatch.emit(msg.clone());
        })
    });
    html! {
        <g class={class} onclick={on_click}>
            <title>{ label(cx, tile, total) }</title>
            { shape(rect) }
            { text(marked_name(cx, tile), None, rect, true) }
        </g>
    }
}

fn shape(rect: Rect) -> Html {
    let number = |value: f64| format!("{:.1}", value.max(0.0));
    html! {
        <rect x={number(rect.x + 0.5)} y={number(rect.y + 0.5)} width={number(rect.width - 1.0)} height={number(rect.height - 1.0)} rx="3" />
    }
}

/// The name of a tile and its size, as far as there is room.
fn text(name: String, size: Option<&str>, rect: Rect, has_lines: bool) -> Html {
    let letters = ((rect.width - 10.0) / LETTER) as usize;
    if letters < 5 || rect.height < LINE - 2.0 {
        return html! {};
    }
    let (x, y) = (format!("{:.1}", rect.x + 6.0), rect.y + 14.0);
    let second = size.filter(|_| has_lines && rect.height > 2.0 * LINE);
    let first = match size {
        Some(size) if second.is_none() && name.chars().count() + size.len() + 2 <= letters => format!("{name}  {size}"),
        _ => name,
    };
    html! {
        <>
            // The blank parts the name from the size for whoever reads the tile as one text.
            <text aria-hidden="true" x={x.clone()} y={format!("{y:.1}")}>{ shorten(&first, letters) }{ " " }</text>
            { for second.map(|size| html! { <text class="amount" aria-hidden="true" x={x.clone()} y={format!("{:.1}", y + LINE)}>{ shorten(size, letters) }</text> }) }
        </>
    }
}

/// The arrow keys move the focus from tile to tile.
fn move_focus(event: KeyboardEvent) {
    let Some(focused) = event.target_dyn_into::<SvgElement>().filter(|tile| tile.has_attribute("tabindex")) else {
        return;
    };
    let is_tile = |element: &web_sys::Element| element.has_attribute("tabindex");
    let step = |forward: bool| {
        let next = |element: &web_sys::Element| match forward {
            true => element.next_element_sibling(),
            false => element.previous_element_sibling(),
        };
        std::iter::successors(next(&focused), next).find(is_tile)
    };
    let next = match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => step(true),
        "ArrowLeft" | "ArrowUp" => step(false),
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = next {
        // `focus` of an SVG element has the form that it has of an HTML element.
        let _ = next.unchecked_into::<HtmlElement>().focus();
    }
}

/// The tiles as a table.
fn table(cx: &ViewContext, tiles: &[MapTile], total: f64) -> Html {
    html! {
        <details class="map-table">
            <summary>{ cx.t("files.as-table") }</summary>
            <table>
                <thead><tr><th>{ cx.t("path") }</th><th>{ cx.t("files.count") }</th><th class="amount">{ cx.t("size") }</th><th class="amount">{ "%" }</th></tr></thead>
                <tbody>
                    { for tiles.iter().map(|tile| html! {
                        <tr>
                            <td>{ match is_openable(tile) {
                                true => html! { <button type="button" class="link" onclick={cx.on(message(tile))}><code>{ name_of(cx, tile) }</code></button> },
                                false => html! { { name_of(cx, tile) } },
                            } }</td>
                            <td>{ if tile.files == 0 { "–".to_string() } else { tile.files.to_string() } }</td>
                            <td class="amount">{ &tile.size }</td>
                            <td class="amount">{ format!("{:.1}", tile.bytes as f64 * 100.0 / total.max(1.0)) }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </details>
    }
}
