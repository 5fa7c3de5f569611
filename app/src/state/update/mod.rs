//! What each message does to the model. A file for each part of the page; this one dispatches.

mod base_image_matrix;
mod context_files;
mod dockerfile_edits;
mod engine;
mod image_data;
mod large_programs;
mod layer_explorer;
mod lesson;
mod package_indexes;
mod real_build;
mod terminal;

use super::effect::Effect;
use super::image_data::WaitingAction;
use super::message::Msg;
use super::model::Model;
use super::panel::Panel;

impl Model {
    /// Applies a message. The effects are for the caller to carry out.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = self.dispatch(msg);
        effects.extend(self.read_missing_ranges());
        effects.extend(self.request_package_indexes());
        effects.extend(self.request_image_data());
        effects
    }

    /// What is left to be done after the first simulation.
    pub fn initial_effects(&mut self) -> Vec<Effect> {
        let mut effects = self.request_package_indexes();
        effects.extend(self.request_image_data());
        effects
    }

    fn dispatch(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::FileEdited(path, text) => self.edit_file(&path, text),
            Msg::OpenFile(path) => self.open_file(path),
            Msg::CreateFile(path) => self.create_file(&path),
            Msg::AssumeFiles(on) => self.assume_files(on),
            Msg::FileAdded(name, bytes) => self.add_file(&name, bytes),
            Msg::LargeProgramAdded(name, size) => self.add_large_program(name, size),
            Msg::FileRangesRead(name, ranges) => self.take_file_ranges(&name, &ranges),
            Msg::InspectProgram(path) => {
                self.inspect_program(path);
                Vec::new()
            }
            Msg::StartProgram(path) => self.start_program(&path),
            Msg::SelectEngine(id, builder) => self.select_engine(&id, builder),
            Msg::SetAsOf(day) => self.set_as_of(&day),
            Msg::RunCommand(command) => {
                self.terminal.add_command(&command);
                self.carry_out(WaitingAction::Command(command))
            }
            Msg::ApplyFix(index) => self.apply_fix(index),
            Msg::ApplyCheckFix(index) => self.apply_check_fix(index),
            Msg::ApplySafeFixes => self.apply_safe_fixes(),
            Msg::CompareBaseImages => self.carry_out(WaitingAction::CompareBaseImages),
            Msg::GoToLine(line) => {
                self.open_file = self.dockerfile.clone();
                self.panel = Panel::Editor;
                vec![Effect::ShowOpenFile { reset: false }, Effect::GoToLine(line)]
            }
            Msg::LayerExplorer(msg) => self.update_layer_explorer(msg),
            Msg::LessonsLoaded(Ok(lessons)) => {
                self.lessons = lessons;
                Vec::new()
            }
            Msg::LessonsLoaded(Err(error)) | Msg::LessonLoaded(_, Err(error)) => {
                self.notice = Some(error);
                Vec::new()
            }
            Msg::SelectLesson(slug) => self.select_lesson(slug),
            Msg::LessonLoaded(slug, Ok(texts)) => self.open_lesson(&slug, texts),
            Msg::RunLessonCommand(block, index) => {
                if let Some(expected) = self.lesson_command(&block, index) {
                    self.terminal.add_command(&expected.command);
                }
                self.carry_out(WaitingAction::LessonCommand(block, index))
            }
            Msg::RestartLesson => self.carry_out(WaitingAction::StartLesson),
            Msg::SetLanguage(language) => {
                self.language = language;
                self.write_reports();
                if let Some((slug, _)) = self.lesson.clone() {
                    self.parse_lesson(&slug);
                }
                vec![Effect::SaveSettings]
            }
            Msg::SetTheme(theme) => {
                self.theme = theme;
                vec![Effect::SaveSettings]
            }
            Msg::ShowPanel(panel) => {
                self.panel = panel;
                Vec::new()
            }
            Msg::CopyShareLink => vec![Effect::CopyShareLink(self.workspace().to_link())],
            Msg::ShowNotice(text) => {
                self.notice = Some(text);
                Vec::new()
            }
            Msg::DismissNotice => {
                self.notice = None;
                Vec::new()
            }
            Msg::PackageIndexLoaded(name, table) => {
                self.take_package_index(&name, table);
                Vec::new()
            }
            Msg::FetchImageData(names) => self.fetch_image_data(names),
            Msg::ImageDataLoaded(name, bytes) => self.take_image_data(&name, bytes),
            Msg::RetryImageData => self.retry_image_data(),
            Msg::RealBuild(msg) => self.update_real_build(msg).into_iter().map(Effect::RealBuild).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::theme::Theme;
    use stageplay_core::engine::Builder;
    use stageplay_core::fs::{Content, Tree};
    use stageplay_core::words::Language;
    use stageplay_core::workspace::Workspace;

    fn model() -> Model {
        Model::new(Language::English, Theme::System)
    }

    fn verdict(model: &Model) -> String {
        model.report.as_ref().unwrap().run.as_ref().map_or("no run".into(), |run| run.verdict.to_string())
    }

    #[test]
    fn a_fix_makes_the_first_page_start() {
        let mut model = model();
        assert_eq!(verdict(&model), "fails");
        let effects = model.update(Msg::ApplyFix(0));
        let Some(Effect::ReplaceText(text)) = effects.last() else { panic!("{effects:?}") };
        model.update(Msg::FileEdited("Dockerfile".into(), text.clone()));
        assert_eq!(verdict(&model), "starts");
    }

    #[test]
    fn checks_are_listed_and_their_fixes_applied() {
        let mut model = model();
        let text = "FROM alpine as b\nCOPY main.go /m\nRUN chmod 755 /m\nUSER 1\n";
        model.update(Msg::FileEdited("Dockerfile".into(), text.into()));
        let rules: Vec<&str> = model.checks.iter().map(|check| check.rule).collect();
        assert_eq!(rules, ["FromAsCasing", "SP001"]);
        let effects = model.update(Msg::ApplySafeFixes);
        let Some(Effect::ReplaceText(text)) = effects.last() else { panic!("{effects:?}") };
        assert_eq!(text, "FROM alpine AS b\nCOPY --chmod=755 main.go /m\nUSER 1\n");
    }

    #[test]
    fn an_edit_is_simulated_at_once_and_saved() {
        let mut model = model();
        let effects = model.update(Msg::FileEdited("Dockerfile".into(), "FORM alpine".into()));
        assert_eq!(effects, [Effect::SaveWorkspace]);
        assert!(model.report.as_ref().unwrap().error.is_some());
    }

    #[test]
    fn a_dockerfile_that_asks_for_too_much_is_given_up_and_the_page_says_so() {
        let mut model = model();
        let text = format!("FROM scratch\nEXPOSE {}\n", "1-65535 ".repeat(5_000));
        for (language, words) in [(Language::English, "was stopped"), (Language::Chinese, "已停止")] {
            model.update(Msg::SetLanguage(language));
            model.update(Msg::FileEdited("Dockerfile".into(), format!("{text}# {words}\n")));
            assert!(model.notice.as_deref().is_some_and(|notice| notice.contains(words)), "{:?}", model.notice);
        }
    }

    #[test]
    fn a_workspace_comes_back_from_its_link() {
        let mut first = model();
        first.update(Msg::FileEdited("Dockerfile".into(), "FROM scratch\n".into()));
        let workspace = Workspace::from_link(&first.workspace().to_link()).unwrap();
        let mut second = model();
        second.load(&workspace).unwrap();
        assert_eq!(second.file_text("Dockerfile").unwrap(), "FROM scratch\n");
    }

    #[test]
    fn the_terminal_writes_files_that_the_page_shows() {
        let mut model = model();
        model.update(Msg::RunCommand("echo hi > note.txt".into()));
        assert!(model.files().iter().any(|file| file.path == "note.txt" && file.bytes == 3));
        model.update(Msg::RunCommand("docker build -t a .".into()));
        model.update(Msg::RunCommand("docker run a".into()));
        assert!(
            model.terminal.lines.iter().any(|line| line.text.contains("no such file or directory")),
            "{:?}",
            model.terminal.lines
        );
    }

    #[test]
    fn a_dropped_image_is_a_base_and_stays_one_under_another_engine() {
        let mut model = model();
        // A tar with nothing but a manifest, a configuration and an empty layer.
        let image = include_bytes!("../../../tests/image.tar");
        model.update(Msg::FileAdded("mine.tar".into(), image.to_vec()));
        assert!(model.notice.as_deref().is_some_and(|text| text.contains("FROM mine:1")), "{:?}", model.notice);
        model.update(Msg::FileEdited("Dockerfile".into(), "FROM mine:1\nCOPY --from=mine:1 /hello /copy\n".into()));
        assert_eq!(model.report.as_ref().unwrap().error, None);
        model.update(Msg::SelectEngine("docker-20.10".into(), Builder::Classic));
        assert_eq!(model.report.as_ref().unwrap().error, None);
        // A damaged archive goes into the build context.
        model.update(Msg::FileAdded("broken.tar".into(), image[..700].to_vec()));
        assert!(model.files().iter().any(|file| file.path == "broken.tar"));
    }

    #[test]
    fn the_image_s_program_is_compared_with_every_base_image() {
        let mut model = model();
        assert!(model.started_program().is_some() && model.base_image_matrix.is_none());
        model.update(Msg::CompareBaseImages);
        let matrix = model.base_image_matrix.clone().unwrap_or_default();
        assert!(matrix.len() > 90 && matrix.first().is_some_and(|one| one.verdict == "starts"));
        assert!(matrix.iter().any(|one| one.cause.as_deref() == Some("interpreter-missing")));
        model.update(Msg::FileEdited("Dockerfile".into(), "FROM scratch\n".into()));
        assert!(model.base_image_matrix.is_none(), "it was about another program");
    }

    #[test]
    fn a_workspace_of_dockerfiles_alone_assumes_the_other_files() {
        let mut model = model();
        let text = "FROM alpine\nCOPY a.txt b.txt /\n";
        let of = |text: &str, files: &[(&str, &str)]| {
            let mut context = Tree::new();
            for (path, text) in [("/Dockerfile", text)].iter().chain(files) {
                context.write(path, Content::inline(text.as_bytes()), 0o644, 0, 0).unwrap();
            }
            Workspace::of(&context, "docker-28", "buildkit", "Dockerfile", None)
        };
        let assumed = |model: &Model| -> Vec<String> {
            model.report.iter().flat_map(|report| &report.assumed).map(|file| file.path.clone()).collect()
        };
        let fails = |model: &Model| model.report.as_ref().is_some_and(|report| report.error.is_some());
        model.load(&of(text, &[])).unwrap();
        assert_eq!((assumed(&model), fails(&model)), (vec!["a.txt".to_string(), "b.txt".to_string()], false));
        // A file that is added replaces its assumption, and the other one stays.
        model.update(Msg::CreateFile("a.txt".into()));
        assert_eq!(
            (assumed(&model), fails(&model), model.open_file.as_str()),
            (vec!["b.txt".to_string()], false, "a.txt")
        );
        let saved = model.workspace();
        model.load(&saved).unwrap();
        assert_eq!(assumed(&model), ["b.txt"]);
        model.update(Msg::AssumeFiles(false));
        assert!(assumed(&model).is_empty() && fails(&model));
        // With files, a missing one fails as in the engine.
        model.load(&of(text, &[("/a.txt", "")])).unwrap();
        assert!(assumed(&model).is_empty() && fails(&model));
    }

    #[test]
    fn another_engine_keeps_the_files() {
        let mut model = model();
        model.update(Msg::CreateFile("x.txt".into()));
        model.update(Msg::SelectEngine("docker-17.09".into(), Builder::Classic));
        assert_eq!(model.engine.id, "docker-17.09");
        assert!(model.files().iter().any(|file| file.path == "x.txt"));
    }

    #[test]
    fn an_edit_says_which_steps_run_again_and_why() {
        let mut model = model();
        assert!(model.build_cache.steps.is_empty(), "nothing was built before: {:?}", model.build_cache.steps);
        let text = model.file_text("main.go").unwrap();
        model.update(Msg::FileEdited("main.go".into(), text.replace("listening", "waiting")));
        let why = |model: &Model| -> Vec<Option<&'static str>> {
            model.build_cache.steps.iter().map(|step| step.rerun.as_ref().map(|rerun| rerun.why)).collect()
        };
        let after = [None, Some("rerun.files"), Some("rerun.parent"), Some("rerun.files")];
        assert_eq!(why(&model), after, "{:?}", model.build_cache.steps);
        assert_eq!(model.build_cache.steps[1].rerun.as_ref().unwrap().what, "main.go");
        // A build without an edit does not change the list.
        model.simulate();
        assert_eq!(why(&model), after);
    }
}
