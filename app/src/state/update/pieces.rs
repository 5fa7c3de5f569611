//! When the pieces of the page's program load.

use crate::i18n::t;
use crate::state::effect::Effect;
use crate::state::message::Msg;
use crate::state::model::Model;
use crate::state::piece::{Piece, PieceState};
use crate::state::result_piece::result_piece;
use crate::state::result_tab::ResultTab;
use crate::state::simulator::WorkerState;
use crate::state::stages::StagesMsg;
use crate::state::toast::Toast;
use stageplay_report::words::Language;

impl Model {
    /// Whether what the page shows needs a piece.
    fn needs(&self, piece: Piece) -> bool {
        match piece {
            // The page asks for the one once its editor is there, and for the others when they are to do something.
            Piece::Language | Piece::Requests | Piece::Terminal | Piece::Chinese => false,
            // What the HTML shows stays until then.
            Piece::Result => self.simulator.state != WorkerState::Absent || self.is_held || !self.shows_first_html(),
            Piece::Lesson => self.has_lesson_column(),
            Piece::ResultTabs => self.result_tab != ResultTab::Overview,
            Piece::Dialogs => self.dialog.is_some(),
        }
    }

    /// Loads a piece, unless it is there or on its way.
    pub(super) fn load_piece(&mut self, piece: Piece) -> Option<Effect> {
        if matches!(self.pieces.state(piece), PieceState::Loading | PieceState::Loaded) {
            return None;
        }
        self.pieces.set(piece, PieceState::Loading);
        Some(Effect::LoadPiece(piece))
    }

    /// Applies a message with the functions of [`Piece::Result`]. If they are not there, it waits for them.
    pub(super) fn apply_with_piece(&mut self, msg: Msg) -> Vec<Effect> {
        match (result_piece(), &msg) {
            (Some(piece), _) => (piece.apply)(self, msg),
            // The graph, in which the cursor's place is shown, is not there either.
            (None, Msg::Stages(StagesMsg::CursorAt(..))) => Vec::new(),
            (None, _) => {
                self.waiting.push(msg);
                self.load_piece(Piece::Result).into_iter().collect()
            }
        }
    }

    /// Loads the pieces that are needed. One that could not be loaded waits until it is asked for again.
    pub(super) fn load_needed_pieces(&mut self) -> Vec<Effect> {
        let is_due = |piece: &Piece| self.pieces.state(*piece) == PieceState::Absent && self.needs(*piece);
        let due: Vec<Piece> = Piece::ALL.into_iter().filter(is_due).collect();
        due.into_iter().filter_map(|piece| self.load_piece(piece)).collect()
    }

    /// Loads all pieces, so that they are there when they are needed. The other language waits until it is chosen.
    pub(super) fn load_all_pieces(&mut self) -> Vec<Effect> {
        let is_absent = |piece: &Piece| self.pieces.state(*piece) == PieceState::Absent && *piece != Piece::Chinese;
        let absent: Vec<Piece> = Piece::ALL.into_iter().filter(is_absent).collect();
        absent.into_iter().filter_map(|piece| self.load_piece(piece)).collect()
    }

    pub(super) fn on_piece_loaded(&mut self, piece: Piece, is_loaded: bool) -> Vec<Effect> {
        self.pieces.set(piece, if is_loaded { PieceState::Loaded } else { PieceState::Failed });
        match (piece, is_loaded) {
            (Piece::Result, true) => {
                let waiting = std::mem::take(&mut self.waiting);
                return waiting.into_iter().flat_map(|msg| self.apply_with_piece(msg)).collect();
            }
            (Piece::Result, false) => {
                self.waiting.clear();
                return self.show_toast(Toast::text(t(self.language, "piece.failed")));
            }
            (Piece::Language, true) => self.run_checks(),
            (Piece::Chinese, true) => return self.set_language(Language::Chinese),
            (Piece::Chinese, false) => return self.show_toast(Toast::text(t(self.language, "piece.failed"))),
            _ => {}
        }
        Vec::new()
    }
}
