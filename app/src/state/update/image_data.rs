//! Data about base images that is missing, and what waits for it.

use crate::state::effect::Effect;
use crate::state::image_data::{self, WaitingAction};
use crate::state::model::Model;
use stageplay_core::base_images::Catalogue;
use std::collections::BTreeSet;

impl Model {
    /// Fetches what the catalogue was asked for and does not have.
    pub(super) fn request_image_data(&mut self) -> Vec<Effect> {
        let missing = self.catalogue.take_missing();
        self.fetch_image_data(missing)
    }

    /// Fetches data, each piece once.
    pub(super) fn fetch_image_data(&mut self, missing: BTreeSet<String>) -> Vec<Effect> {
        self.image_data.request(missing).into_iter().map(Effect::FetchImageData).collect()
    }

    /// Takes a piece of data that arrived, and simulates with it.
    pub(super) fn take_image_data(&mut self, name: &str, bytes: Result<Vec<u8>, String>) -> Vec<Effect> {
        let mut catalogue = Catalogue::clone(&self.catalogue);
        let added = bytes.and_then(|bytes| {
            let added = image_data::add_to(&mut catalogue, name, &bytes);
            added.map_err(|error| format!("{}: {error}", image_data::image_data_path(name)))
        });
        let is_added = added.is_ok();
        self.image_data.arrived(name, added);
        if is_added {
            let had_matrix = self.base_image_matrix.is_some();
            self.set_catalogue(catalogue);
            // Only a build that waited for the data is another one; a repetition is no edit.
            let kept = (!self.lacks_image_data()).then(|| std::mem::take(&mut self.build_cache));
            self.simulate();
            if let Some(kept) = kept {
                self.build_cache = kept;
            }
            if had_matrix {
                self.waiting.push_back((WaitingAction::CompareBaseImages, BTreeSet::new()));
            }
        }
        self.carry_out_waiting()
    }

    /// Fetches again what could not be fetched.
    pub(super) fn retry_image_data(&mut self) -> Vec<Effect> {
        self.image_data.retry().into_iter().map(Effect::FetchImageData).collect()
    }

    /// Carries an action out, or keeps it until the data that it needs arrived. Actions keep their order.
    pub(super) fn carry_out(&mut self, action: WaitingAction) -> Vec<Effect> {
        self.waiting.push_back((action, BTreeSet::new()));
        self.carry_out_waiting()
    }

    /// Carries out what waits, as far as the data that it needs is there.
    fn carry_out_waiting(&mut self) -> Vec<Effect> {
        let mut effects = self.request_image_data();
        while let Some((action, needs)) = self.waiting.front().cloned() {
            if self.image_data.loading().any(|name| needs.contains(name)) {
                break;
            }
            let done = self.act(&action, false).or_else(|missing| {
                effects.extend(self.fetch_image_data(missing.clone()));
                if self.image_data.loading().any(|name| missing.contains(name)) {
                    return Err(missing);
                }
                // What it lacks cannot be fetched: it is carried out without it, and says so.
                self.act(&action, true)
            });
            match done {
                Ok(more) => {
                    self.waiting.pop_front();
                    effects.extend(more);
                }
                Err(missing) => {
                    if let Some((_, needs)) = self.waiting.front_mut() {
                        *needs = missing;
                    }
                    break;
                }
            }
        }
        effects
    }

    /// Carries an action out. If it lacks data, nothing of it remains unless `anyway`.
    ///
    /// # Errors
    /// The names of the data that it lacks; never with `anyway`.
    fn act(&mut self, action: &WaitingAction, anyway: bool) -> Result<Vec<Effect>, BTreeSet<String>> {
        match action {
            WaitingAction::Command(command) => {
                self.run_command(command, anyway)?;
                Ok(self.after_command())
            }
            WaitingAction::LessonCommand(block, index) => self.run_lesson_command(block, *index, anyway),
            WaitingAction::StartLesson => self.start_lesson(anyway),
            WaitingAction::CompareBaseImages => self.compare_base_images(anyway).map(|()| Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::message::Msg;
    use stageplay_core::words::Language;

    /// A page to which everything about base images has to be fetched.
    fn model() -> Model {
        let mut model = Model::new(Language::English, Default::default());
        model.set_catalogue(Catalogue::empty());
        // Nothing was built yet.
        model.build_cache = Default::default();
        if let Ok(mut store) = model.host.store().lock() {
            store.page_cache = Default::default();
        }
        model
    }

    fn fetched(effects: &[Effect]) -> Vec<String> {
        let names = effects.iter().filter_map(|effect| match effect {
            Effect::FetchImageData(name) => Some(name.clone()),
            _ => None,
        });
        names.collect()
    }

    fn file(name: &str) -> Result<Vec<u8>, String> {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/data/");
        std::fs::read(format!("{data}{}", image_data::image_data_path(name))).map_err(|error| error.to_string())
    }

    /// Fetches what effects ask for until nothing is asked for; returns all names.
    fn settle(model: &mut Model, effects: Vec<Effect>) -> Vec<String> {
        let (mut all, mut open) = (Vec::new(), fetched(&effects));
        while let Some(name) = open.pop() {
            let more = model.update(Msg::ImageDataLoaded(name.clone(), file(&name)));
            open.extend(fetched(&more));
            assert!(!all.contains(&name), "{name} is fetched again");
            all.push(name);
        }
        all
    }

    fn edit(model: &mut Model, text: &str) -> Vec<Effect> {
        model.update(Msg::FileEdited("Dockerfile".into(), text.into()))
    }

    #[test]
    fn families_of_a_dockerfile_are_fetched_at_once_and_then_used() {
        let mut model = model();
        let effects = edit(&mut model, "FROM python:3.9-slim AS a\nFROM busybox\nCOPY --from=a /etc/passwd /x\n");
        assert_eq!(fetched(&effects), ["busybox", "python"]);
        assert!(model.lacks_image_data());
        assert_eq!(model.image_data.loading().count(), 2);
        let all = settle(&mut model, effects);
        assert!(all.contains(&"debian".to_string()), "{all:?}");
        assert!(!model.lacks_image_data() && model.image_data.loading().count() == 0);
        let report = model.report.as_ref().unwrap();
        assert!(report.bases[0].resolved.starts_with("python:3.9."), "{:?}", report.bases);
        assert!(report.stages[0].size.bytes.is_some(), "{:?}", report.stages[0].size);
        assert!(model.build_cache.steps.is_empty(), "it is the first build: {:?}", model.build_cache.steps);
        // Nothing is fetched again.
        assert_eq!(fetched(&edit(&mut model, "FROM python:3.9-slim\n")), [""; 0]);
    }

    #[test]
    fn a_fetch_that_fails_is_said_and_repeated_when_asked_for() {
        let mut model = model();
        assert_eq!(fetched(&edit(&mut model, "FROM alpine:3.17\n")), ["alpine"]);
        model.update(Msg::ImageDataLoaded("alpine".into(), Err("official/alpine.gz: 503".into())));
        assert_eq!(model.image_data.failures().collect::<Vec<_>>(), ["official/alpine.gz: 503"]);
        assert_eq!(fetched(&edit(&mut model, "FROM alpine:3.17 \n")), [""; 0]);
        let effects = model.update(Msg::RetryImageData);
        assert_eq!(fetched(&effects), ["alpine"]);
        // A page that a proxy sent in its place is no history.
        model.update(Msg::ImageDataLoaded("alpine".into(), Ok(b"<!doctype html>".to_vec())));
        assert_eq!(model.image_data.failures().count(), 1);
        // Neither is that of another family.
        model.update(Msg::RetryImageData);
        model.update(Msg::ImageDataLoaded("alpine".into(), file("busybox")));
        assert_eq!(model.image_data.failures().count(), 1, "{:?}", model.image_data);
        let effects = model.update(Msg::RetryImageData);
        settle(&mut model, effects);
        assert_eq!((model.image_data.failures().count(), model.lacks_image_data()), (0, false));
    }

    #[test]
    fn commands_wait_for_their_images_in_their_order() {
        let mut model = model();
        let mut effects = model.update(Msg::RunCommand("docker run alpine:3.17 echo one >> out".into()));
        effects.extend(model.update(Msg::RunCommand("echo two >> out; cat out".into())));
        assert!(!model.terminal.lines.iter().any(|line| line.text == "two"), "{:?}", model.terminal.lines);
        settle(&mut model, effects);
        let out: Vec<&str> = model.terminal.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(out[out.len() - 2..], ["one", "two"], "{out:?}");
        assert!(model.waiting.is_empty());
    }

    #[test]
    fn a_command_whose_image_cannot_be_fetched_says_so() {
        let mut model = model();
        model.update(Msg::RunCommand("docker pull alpine:3.17".into()));
        model.update(Msg::ImageDataLoaded("alpine".into(), Err("official/alpine.gz: 503".into())));
        let said = model.terminal.lines.iter().any(|line| line.text.starts_with("stageplay: "));
        assert!(said, "{:?}", model.terminal.lines);
        assert!(!model.terminal.lines.iter().any(|line| line.text.contains("Error response from daemon")));
        assert!(model.waiting.is_empty());
    }

    #[test]
    fn every_base_image_is_compared_when_the_list_arrived() {
        let mut model = model();
        let effects = edit(&mut model, "FROM alpine\nENTRYPOINT [\"/bin/busybox\"]\n");
        settle(&mut model, effects);
        model.update(Msg::FileAdded("app".into(), vec![0x7f, b'E', b'L', b'F']));
        let effects = edit(&mut model, "FROM alpine\nCOPY app /app\nENTRYPOINT [\"/app\"]\n");
        settle(&mut model, effects);
        let effects = model.update(Msg::CompareBaseImages);
        assert!(fetched(&effects).contains(&"images".to_string()), "{effects:?}");
        settle(&mut model, effects);
        assert!(model.base_image_matrix.as_ref().is_some_and(|all| all.len() > 90), "{:?}", model.base_image_matrix);
    }

    #[test]
    fn data_that_only_fixes_need_is_no_edit() {
        let mut model = model();
        let effects = edit(
            &mut model,
            "FROM golang AS b\nRUN go version\nFROM alpine\nCOPY --from=b /bin/bash /b\nCMD [\"/b\"]\n",
        );
        let all = settle(&mut model, effects);
        assert!(all.contains(&"ubuntu".to_string()), "other bases are tried: {all:?}");
        assert_eq!(
            model.report.as_ref().and_then(|report| report.run.as_ref()).map(|run| run.verdict.as_ref()),
            Some("fails")
        );
        assert!(model.build_cache.steps.is_empty(), "{:?}", model.build_cache.steps);
    }

    #[test]
    fn a_lesson_begins_when_the_images_of_its_setup_arrived() {
        let mut model = model();
        let slug = "then/03-not-found-on-alpine";
        let text = |language: &str| {
            let lessons = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/lessons");
            std::fs::read_to_string(format!("{lessons}/{slug}/{language}.md")).unwrap()
        };
        let effects = model.update(Msg::LessonLoaded(slug.into(), Ok((text("en"), text("zh-CN")))));
        assert_eq!(fetched(&effects), ["golang"]);
        settle(&mut model, effects);
        assert!(model.files().iter().any(|file| file.path == "myhttpserver"), "{:?}", model.files());
        assert_eq!((model.notice.as_deref(), model.engine.id.as_str()), (None, "docker-17.09"));
    }

    #[test]
    fn an_editor_s_question_fetches_what_it_lacks() {
        let model = model();
        let service = model.language_service();
        service.answer(r#"{"ask":"complete","text":"FROM golang:1.","at":14}"#);
        assert!(service.take_missing().contains("golang"));
    }
}
