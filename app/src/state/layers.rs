//! The layer explorer on the page: what the simulator shows, and how it is drawn.

use stageplay_dockerfile::syntax::{self, Node};
use stageplay_protocol::ExplorerView;

/// The state of the layer explorer.
#[derive(Debug, Default)]
pub struct Layers {
    /// Whether it is open.
    pub is_open: bool,
    /// What the simulator shows.
    pub view: ExplorerView,
    /// The text that is searched for; empty for all files.
    pub query: String,
    /// The content type that is shown; empty for all.
    pub content_type: String,
    /// Whether sizes are drawn to a logarithmic scale.
    pub is_logarithmic: bool,
    /// Whether the layers of the base image are listed.
    pub shows_base: bool,
    /// The first line of the instruction that holds the editor's cursor, counted from 1.
    pub line_at_cursor: Option<usize>,
    /// The stage whose image is shown; `None` for the target.
    pub(super) stage: Option<usize>,
}

/// An action that changes only how layers are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayersMsg {
    /// Draw sizes to a logarithmic scale.
    Logarithmic(bool),
    /// List the layers of the base image.
    ShowBase(bool),
}

impl Layers {
    pub(super) fn update(&mut self, msg: LayersMsg) {
        match msg {
            LayersMsg::Logarithmic(is_on) => self.is_logarithmic = is_on,
            LayersMsg::ShowBase(is_on) => self.shows_base = is_on,
        }
    }

    /// The share of the width that a size is drawn with, from 0 to 1, if `largest` is drawn with the whole.
    pub fn share(&self, bytes: u64, largest: u64) -> f64 {
        let scaled = |bytes: u64| if self.is_logarithmic { (bytes as f64 + 1.0).ln() } else { bytes as f64 };
        if largest == 0 { 0.0 } else { scaled(bytes.min(largest)) / scaled(largest) }
    }
}

/// The first line of the instruction that holds a line, both counted from 1.
pub(super) fn first_line_of_instruction(dockerfile: &str, line: usize) -> Option<usize> {
    let holds = |node: &Node| (node.line as usize..=node.end_line as usize).contains(&line);
    syntax::parse(dockerfile).nodes.iter().find(|node| holds(node)).map(|node| node.line as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_belongs_to_the_instruction_that_goes_on_in_it() {
        let text = "FROM a\n\nRUN b \\\n  c\nCMD d\n";
        let first: Vec<_> = (1..=6).map(|line| first_line_of_instruction(text, line)).collect();
        assert_eq!(first, [Some(1), None, Some(3), Some(3), Some(5), None]);
    }

    #[test]
    fn a_logarithmic_scale_shows_what_a_linear_one_hides() {
        let mut layers = Layers::default();
        assert_eq!((layers.share(50, 100), layers.share(0, 0), layers.share(200, 100)), (0.5, 0.0, 1.0));
        assert!(layers.share(1_000, 1_000_000_000) < 0.001);
        layers.update(LayersMsg::Logarithmic(true));
        let small = layers.share(1_000, 1_000_000_000);
        assert!((0.3..0.4).contains(&small), "{small}");
        assert_eq!((layers.share(0, 100), layers.share(100, 100)), (0.0, 1.0));
    }
}
