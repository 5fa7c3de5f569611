//! Actions in the layer explorer.

use crate::state::effect::Effect;
use crate::state::layers::first_line_of_instruction;
use crate::state::model::Model;
use stageplay_protocol::{ExplorerRequest, LayerRow, Request};

impl Model {
    /// The cursor of the editor is on a line of the Dockerfile, counted from 1. The layer of its instruction is marked.
    pub fn mark_layer_at(&mut self, line: usize) {
        self.layers.line_at_cursor = first_line_of_instruction(self.dockerfile_text(), line);
    }

    /// The layers that are shown: those of the explorer, or of the result while it is not there yet.
    pub fn layers_shown(&self) -> &[LayerRow] {
        match &self.outcome {
            _ if !self.layers.view.layers.is_empty() => &self.layers.view.layers,
            Some(outcome) => outcome.layers.as_deref().unwrap_or_default(),
            None => &[],
        }
    }

    pub(super) fn explore(&mut self, request: ExplorerRequest) -> Vec<Effect> {
        let layers = &mut self.layers;
        let mut effects = Vec::new();
        match &request {
            ExplorerRequest::SetOpen(is_open) if layers.is_open == *is_open => return Vec::new(),
            ExplorerRequest::SetOpen(is_open) => layers.is_open = *is_open,
            ExplorerRequest::SelectStage(stage) if layers.stage == *stage => return Vec::new(),
            ExplorerRequest::SelectStage(stage) => layers.stage = *stage,
            ExplorerRequest::Search(query) => layers.query = query.clone(),
            ExplorerRequest::ShowType(content_type) => layers.content_type = content_type.clone(),
            ExplorerRequest::ShowRows(first) if layers.view.first_row == *first => return Vec::new(),
            ExplorerRequest::Inspect(Some(_)) => effects.push(Effect::Reveal("viewed")),
            _ => {}
        }
        effects.extend(self.ask(Request::Explore(request)));
        effects
    }

    /// What a new worker is to show, as the last one did.
    pub(super) fn explorer_requests(&self) -> Vec<Request> {
        let layers = &self.layers;
        if !layers.is_open {
            return Vec::new();
        }
        let mut requests = vec![ExplorerRequest::SetOpen(true), ExplorerRequest::SelectStage(layers.stage)];
        requests.push(ExplorerRequest::SelectLayer(layers.view.layer));
        requests.push(ExplorerRequest::Search(layers.query.clone()));
        requests.push(ExplorerRequest::ShowType(layers.content_type.clone()));
        requests.into_iter().map(Request::Explore).collect()
    }
}
