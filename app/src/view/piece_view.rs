//! What a piece of the program renders, and what stands in its place until it is loaded. `pieces` loads it.

use super::view_context::ViewContext;
use crate::state::{Msg, Piece, PieceState};
use std::cell::Cell;
use yew::prelude::*;

/// What a piece renders.
pub(super) type View = fn(&ViewContext) -> Html;

thread_local! {
    static LOADED: [Cell<Option<View>>; Piece::ALL.len()] = const { [const { Cell::new(None) }; Piece::ALL.len()] };
}

/// Keeps what a piece renders; `None` if it could not be loaded.
pub(super) fn keep(piece: Piece, view: Option<View>) {
    LOADED.with(|loaded| loaded[piece as usize].set(view));
}

/// What a piece renders; until it is there, that it is being loaded.
pub(super) fn view(cx: &ViewContext, piece: Piece) -> Html {
    if let Some(view) = LOADED.with(|loaded| loaded[piece as usize].get()) {
        return view(cx);
    }
    if cx.model.pieces.state(piece) != PieceState::Failed {
        return html! { <p class="piece" role="status"><i class="spinner" aria-hidden="true"></i>{ cx.t("piece.loading") }</p> };
    }
    html! {
        <p class="piece" role="alert">{ cx.t("piece.failed") }{ " " }
            <button type="button" class="retry-piece" onclick={cx.on(Msg::LoadPiece(piece))}>{ cx.t("piece.retry") }</button>
        </p>
    }
}
