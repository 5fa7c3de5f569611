//! The stage graph and what belongs to it: the selected node, the zoom, the target, what changed, the base images.

use super::graph_zoom::Zoom;
use stageplay_protocol::EditPlays;

/// The state of the stage graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageView {
    /// The node whose details are shown.
    pub selected: Option<usize>,
    /// The line of the Dockerfile that holds the editor's cursor, counted from 1.
    pub(super) line_at_cursor: Option<usize>,
    /// The zoom in percent; `None` fits the graph into its place.
    pub zoom: Option<u32>,
    /// Whether the ranks are drawn below each other, and not from left to right.
    pub is_vertical: bool,
    /// What edits make an engine run again, once it was asked for.
    pub edit_plays: Option<EditPlays>,
    /// Whether the edits are being tried.
    pub is_playing: bool,
    /// Whether the files that changed are listed.
    pub shows_files: bool,
}

/// The format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are named after the formats")]
pub enum PictureFormat {
    Svg,
    Png,
}

/// A message of the stage graph.
#[derive(Clone, Debug, PartialEq)]
pub enum StagesMsg {
    /// Select a node, or none. The lines of its stage are marked in the editor, and the layers of its image are listed.
    Select(Option<usize>),
    /// The cursor of the editor is on a line of a file: its path, the line counted from 1.
    CursorAt(String, usize),
    /// Change the zoom.
    Zoom(Zoom),
    /// Draw the ranks below each other, or from left to right.
    SetVertical(bool),
    /// Build a stage, by its index; `None` for the last one.
    SelectTarget(Option<usize>),
    /// Write a base image into the FROM instruction that the built image starts from.
    TakeBase(String),
    /// Try edits, and tell what each makes an engine run again.
    PlayEdits,
    /// Compare with the present state from now on.
    KeepState,
    /// Whether the files that changed are listed.
    ShowChangedFiles(bool),
    /// Save the graph as a picture.
    SavePicture(PictureFormat),
}
