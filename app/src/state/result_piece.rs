//! The functions of [`super::Piece::Result`]: what messages do, and what the simulator tells. The page shows the first screen
//! without them.

use super::effect::Effect;
use super::message::Msg;
use super::model::Model;
#[cfg(feature = "split")]
use super::piece::note_result_loaded;
use stageplay_protocol::{FirstResult, Update};
#[cfg(feature = "split")]
use std::cell::Cell;

/// The functions of the piece.
#[derive(Clone, Copy, Debug)]
pub struct ResultPiece {
    /// Applies a message that the first screen does not need.
    pub(super) apply: fn(&mut Model, Msg) -> Vec<Effect>,
    /// Reads what the simulator tells, JSON.
    pub read_update: fn(&str) -> Result<Update, String>,
    /// Reads the result of the example, JSON.
    pub read_first_result: fn(&str) -> Result<FirstResult, String>,
}

impl ResultPiece {
    /// All of it.
    pub fn whole() -> ResultPiece {
        ResultPiece {
            apply: Model::apply,
            read_update: |json| serde_json::from_str(json).map_err(|error| error.to_string()),
            read_first_result: |json| serde_json::from_str(json).map_err(|error| error.to_string()),
        }
    }
}

#[cfg(feature = "split")]
thread_local! {
    static LOADED: Cell<Option<ResultPiece>> = const { Cell::new(None) };
}

/// The piece, if it is loaded.
#[cfg(feature = "split")]
pub fn result_piece() -> Option<ResultPiece> {
    LOADED.get()
}

/// Keeps the piece, which is loaded.
#[cfg(feature = "split")]
pub fn keep_result_piece(piece: ResultPiece) {
    LOADED.set(Some(piece));
    note_result_loaded();
}

/// The piece, which is a part of this program.
#[cfg(not(feature = "split"))]
pub fn result_piece() -> Option<ResultPiece> {
    Some(ResultPiece::whole())
}

/// Keeps nothing: the piece is a part of this program.
#[cfg(not(feature = "split"))]
pub fn keep_result_piece(_: ResultPiece) {}
