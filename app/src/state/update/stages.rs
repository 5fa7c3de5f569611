//! The stage graph: selection, the stage at the cursor, and what its tools do.

use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::stages::StagesMsg;
use stageplay_protocol::{ExplorerRequest, GraphNode, Outcome, Request};

impl Model {
    pub(super) fn update_stages(&mut self, msg: StagesMsg) -> Vec<Effect> {
        match msg {
            StagesMsg::Select(node) => {
                self.stages.selected = node;
                let mut effects = vec![Effect::MarkLines(self.selected_lines())];
                effects.extend(self.explore(ExplorerRequest::SelectStage(self.stage_of_layers())));
                effects
            }
            StagesMsg::CursorAt(path, line) => {
                if path != self.workspace.dockerfile {
                    return Vec::new();
                }
                self.stages.line_at_cursor = Some(line);
                // Details that are shown follow the cursor; it opens none.
                if self.stages.selected.is_some() {
                    self.stages.selected = self.stage_at_cursor().or(self.stages.selected);
                }
                self.mark_layer_at(line);
                Vec::new()
            }
            StagesMsg::Zoom(zoom) => {
                self.stages.zoom = zoom.after(self.stages.zoom);
                Vec::new()
            }
            StagesMsg::SetVertical(is_vertical) => {
                self.stages.is_vertical = is_vertical;
                Vec::new()
            }
            StagesMsg::SelectTarget(stage) => self.select_target(stage),
            StagesMsg::TakeBase(image) => self.take_base(&image),
            StagesMsg::PlayEdits => {
                self.stages.is_playing = true;
                self.ask(Request::PlayEdits)
            }
            StagesMsg::KeepState => self.ask(Request::KeepState),
            StagesMsg::ShowChangedFiles(is_shown) => {
                self.stages.shows_files = is_shown;
                self.ask(Request::ShowChangedFiles(is_shown))
            }
            StagesMsg::SavePicture(format) => vec![Effect::SavePicture(format)],
        }
    }

    /// The nodes of the last result.
    fn nodes(&self) -> &[GraphNode] {
        let graph = self.outcome.as_ref().and_then(|outcome| outcome.graph.as_ref());
        graph.map(|graph| graph.nodes.as_slice()).unwrap_or_default()
    }

    /// The node of the stage that holds the editor's cursor.
    pub fn stage_at_cursor(&self) -> Option<usize> {
        let line = self.stages.line_at_cursor?;
        let holds = |node: &GraphNode| node.lines.is_some_and(|(first, last)| (first..=last).contains(&line));
        self.nodes().iter().position(holds)
    }

    /// The stage whose layers the explorer lists while a node is selected; `None` for the target, and for what has no
    /// layers of its own: an image, a stage that is not built.
    fn stage_of_layers(&self) -> Option<usize> {
        let outcome = self.outcome.as_ref()?;
        let index = self.stages.selected?;
        let is_target = outcome.graph.as_ref().is_some_and(|graph| graph.target == index);
        let is_image = self.nodes().get(index)?.image.is_some();
        let is_built = outcome.report.stages.get(index).is_some_and(|stage| stage.built);
        (is_built && !is_image && !is_target).then_some(index)
    }

    /// Closes the details of a node that a new result does not have: another stage or image stands in its place.
    pub(super) fn keep_selected_node(&mut self, before: Option<&Outcome>) {
        let names = |outcome: &Outcome| {
            let index = self.stages.selected?;
            let image = outcome.graph.as_ref()?.nodes.get(index)?.image.clone();
            Some((image, outcome.report.stages.get(index).map(|stage| stage.name.clone())))
        };
        let is_same = match (before, self.outcome.as_deref()) {
            (Some(before), Some(now)) => names(before) == names(now) || now.graph.is_none(),
            _ => true,
        };
        if !is_same {
            self.stages.selected = None;
        }
    }

    /// The lines of the selected stage.
    fn selected_lines(&self) -> Option<(usize, usize)> {
        self.nodes().get(self.stages.selected?)?.lines
    }
}
