//! The engine menu, and the day on which tags are looked up.

use super::Session;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::image::Day;
use stageplay_core::words::say;
use stageplay_protocol::Workspace;

impl Session {
    /// Selects an engine and its builder; the engine's default builder if it does not have that one.
    pub(super) fn select_engine(&mut self, id: &str, builder: &str) {
        let Some(engine) = EngineProfile::find(id) else { return };
        let builder = Builder::parse(builder).unwrap_or(Builder::Buildkit);
        let builder = if engine.builders().contains(&builder) { builder } else { engine.default_builder() };
        let changed = Workspace { engine: id.to_string(), builder: builder.as_str().into(), ..self.workspace() };
        if let Err(error) = self.load(&changed) {
            self.notice(error);
        }
    }

    /// Looks tags up on another day; an empty text stands for the day of the engine.
    pub(super) fn set_as_of(&mut self, text: &str) {
        let text = text.trim();
        let day = match text {
            "" => None,
            text => match text.parse::<Day>() {
                Ok(day) => Some(day),
                Err(_) => return self.notice(say(self.language, "page.bad-day", &[("day", text)])),
            },
        };
        self.as_of = day.filter(|day| *day != self.engine.day());
        self.host.set_as_of(self.as_of);
        self.may_have_other_workspace = true;
        self.simulate();
    }
}
