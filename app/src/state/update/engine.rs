//! The engine menu, and the day on which tags are looked up.

use crate::state::effect::Effect;
use crate::state::model::Model;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::image::Day;
use stageplay_core::words::say;
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

    /// Looks tags up on another day; an empty text stands for the day of the engine.
    pub(super) fn set_as_of(&mut self, text: &str) -> Vec<Effect> {
        let text = text.trim();
        let day = match text {
            "" => None,
            text => match text.parse::<Day>() {
                Ok(day) => Some(day),
                Err(_) => {
                    self.notice = Some(say(self.language, "page.bad-day", &[("day", text)]));
                    return Vec::new();
                }
            },
        };
        self.as_of = day.filter(|day| *day != self.engine.day());
        self.host.set_as_of(self.as_of);
        self.simulate();
        vec![Effect::SaveWorkspace]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::message::Msg;
    use stageplay_core::words::Language;

    fn go_version(model: &Model) -> String {
        let report = model.report.as_ref().unwrap();
        report.bases.first().map(|base| base.resolved.clone()).unwrap_or_default()
    }

    #[test]
    fn the_day_changes_what_tags_mean_in_the_page_and_in_the_terminal() {
        let mut model = Model::new(Language::English, Default::default());
        model.update(Msg::FileEdited("Dockerfile".into(), "FROM golang:latest\n".into()));
        assert!(go_version(&model).starts_with("golang:1.2"), "{}", go_version(&model));
        let effects = model.update(Msg::SetAsOf("2018-01-08".into()));
        assert!(effects.contains(&Effect::SaveWorkspace));
        assert!(go_version(&model).starts_with("golang:1.9.2"), "{}", go_version(&model));
        model.update(Msg::RunCommand("docker run golang:latest go version".into()));
        let said = |model: &Model, text: &str| model.terminal.lines.iter().any(|line| line.text.contains(text));
        assert!(said(&model, "go1.9.2"), "{:?}", model.terminal.lines);
        // It stays with another engine, in a link and after a reload.
        model.update(Msg::SelectEngine("docker-20.10".into(), Builder::Buildkit));
        assert!(go_version(&model).starts_with("golang:1.9.2"), "{}", go_version(&model));
        let link = model.workspace().to_link();
        let mut other = Model::new(Language::English, Default::default());
        other.load(&Workspace::from_link(&link).unwrap()).unwrap();
        assert!(go_version(&other).starts_with("golang:1.9.2"), "{}", go_version(&other));
        other.update(Msg::SetAsOf(String::new()));
        assert_eq!(other.as_of, None);
        assert!(go_version(&other).starts_with("golang:1.20"), "{}", go_version(&other));
    }

    #[test]
    fn what_is_no_day_is_refused_and_changes_nothing() {
        let mut model = Model::new(Language::English, Default::default());
        model.update(Msg::SetAsOf("2018-01-08".into()));
        let effects = model.update(Msg::SetAsOf("2018-02-30".into()));
        assert!(effects.is_empty());
        assert_eq!(model.day().to_string(), "2018-01-08");
        assert!(model.notice.as_ref().is_some_and(|text| text.contains("2018-02-30")), "{:?}", model.notice);
    }
}
