//! The engine menu.

use crate::state::effect::Effect;
use crate::state::model::Model;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::workspace::Workspace;

impl Model {
    /// Selects an engine and its builder; the engine's default builder if it does not have that one.
    pub(super) fn select_engine(&mut self, id: &str, builder: Builder) -> Vec<Effect> {
        let Some(engine) = EngineProfile::find(id) else {
            return Vec::new();
        };
        let builder = if engine.builders().contains(&builder) { builder } else { engine.default_builder() };
        let changed = Workspace { engine: id.to_string(), builder: builder.as_str().into(), ..self.workspace() };
        let open_file = self.open_file.clone();
        if let Err(error) = self.load(&changed) {
            self.notice = Some(error);
        }
        self.open_file = open_file;
        self.keeps_workspace = false;
        vec![Effect::SaveWorkspace]
    }
}
