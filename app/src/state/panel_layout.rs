//! The sizes of the panels, which the splitters between them change, and which panels are folded. The browser keeps
//! them as JSON.

use serde::{Deserialize, Serialize};

/// The version of the kept form. Another one is not read.
const VERSION: u32 = 1;

/// A splitter between two panels. It sets the size of the panel after which it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Splitter {
    /// Between the lesson and the editor: the width of the lesson, in percent of the page.
    Lesson,
    /// Between the editor and the result: the width of the result, in percent of what the lesson leaves.
    Result,
    /// Between the editor and the terminal: the height of the terminal, in percent of both.
    Terminal,
}

impl Splitter {
    /// The least and the greatest size in percent.
    pub fn range(self) -> (u8, u8) {
        match self {
            Splitter::Lesson => (15, 45),
            Splitter::Result => (25, 75),
            Splitter::Terminal => (12, 85),
        }
    }

    /// The size in percent until the person changes it.
    fn default_size(self) -> u8 {
        match self {
            Splitter::Lesson => 24,
            Splitter::Result => 50,
            Splitter::Terminal => 28,
        }
    }

    fn clamp(self, size: u8) -> u8 {
        let (least, greatest) = self.range();
        size.clamp(least, greatest)
    }
}

/// A panel that can be folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldablePanel {
    /// The lesson.
    Lesson,
    /// The terminal.
    Terminal,
}

/// The sizes of the panels in percent, each in the range of its splitter, and which panels are folded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelLayout {
    version: u32,
    lesson: u8,
    result: u8,
    terminal: u8,
    lesson_is_folded: bool,
    terminal_is_folded: bool,
}

impl Default for PanelLayout {
    fn default() -> Self {
        PanelLayout {
            version: VERSION,
            lesson: Splitter::Lesson.default_size(),
            result: Splitter::Result.default_size(),
            terminal: Splitter::Terminal.default_size(),
            lesson_is_folded: false,
            terminal_is_folded: false,
        }
    }
}

impl PanelLayout {
    /// Reads the kept form. Sizes out of range become the nearest that is allowed; anything else that is wrong gives the
    /// default.
    pub fn from_json(json: &str) -> PanelLayout {
        let kept = serde_json::from_str::<PanelLayout>(json).ok().filter(|layout| layout.version == VERSION);
        let mut layout = kept.unwrap_or_default();
        for splitter in [Splitter::Lesson, Splitter::Result, Splitter::Terminal] {
            layout.resize(splitter, layout.size(splitter));
        }
        layout
    }

    /// The kept form.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The size that a splitter sets, in percent.
    pub fn size(&self, splitter: Splitter) -> u8 {
        match splitter {
            Splitter::Lesson => self.lesson,
            Splitter::Result => self.result,
            Splitter::Terminal => self.terminal,
        }
    }

    /// Whether a panel is folded.
    pub fn is_folded(&self, panel: FoldablePanel) -> bool {
        match panel {
            FoldablePanel::Lesson => self.lesson_is_folded,
            FoldablePanel::Terminal => self.terminal_is_folded,
        }
    }

    /// Sets a size in percent, or the nearest that is allowed.
    pub(super) fn resize(&mut self, splitter: Splitter, size: u8) {
        let size = splitter.clamp(size);
        match splitter {
            Splitter::Lesson => self.lesson = size,
            Splitter::Result => self.result = size,
            Splitter::Terminal => self.terminal = size,
        }
    }

    /// Sets a size to what it is at first.
    pub(super) fn reset(&mut self, splitter: Splitter) {
        self.resize(splitter, splitter.default_size());
    }

    /// Folds or unfolds a panel.
    pub(super) fn fold(&mut self, panel: FoldablePanel, is_folded: bool) {
        match panel {
            FoldablePanel::Lesson => self.lesson_is_folded = is_folded,
            FoldablePanel::Terminal => self.terminal_is_folded = is_folded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let mut layout = PanelLayout::default();
        layout.resize(Splitter::Result, 60);
        layout.fold(FoldablePanel::Terminal, true);
        assert_eq!(PanelLayout::from_json(&layout.to_json()), layout);
        layout.reset(Splitter::Result);
        assert_eq!(layout.size(Splitter::Result), PanelLayout::default().size(Splitter::Result));
    }

    #[test]
    fn a_wrong_kept_form_gives_sizes_that_are_allowed() {
        for wrong in ["", "null", "{}", "[1]", r#"{"version":1,"lesson":300}"#] {
            assert_eq!(PanelLayout::from_json(wrong), PanelLayout::default(), "{wrong}");
        }
        let kept = PanelLayout::default().to_json();
        let newer = kept.replace("\"version\":1", "\"version\":2").replace("\"terminal\":28", "\"terminal\":50");
        assert_eq!(PanelLayout::from_json(&newer), PanelLayout::default());
        let extreme = kept.replace("\"lesson\":24", "\"lesson\":0").replace("\"result\":50", "\"result\":255");
        let layout = PanelLayout::from_json(&extreme);
        assert_eq!((layout.size(Splitter::Lesson), layout.size(Splitter::Result)), (15, 75));
    }
}
