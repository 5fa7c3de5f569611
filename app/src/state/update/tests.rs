//! What messages do to the model, with a simulator in place of the worker.

use super::*;
use crate::state::simulator::{StopReason, WorkerState};
use crate::state::theme::Theme;
use stageplay_protocol::{ToWorker, Update, Workspace};
use stageplay_simulator::{Session, first_visit};

/// A page whose worker is a session.
struct Page {
    model: Model,
    session: Option<Session>,
    /// Effects that are not about the worker, in their order.
    effects: Vec<Effect>,
    /// The messages that the worker got, and whether it answers them.
    posted: Vec<ToWorker>,
    answers: bool,
}

impl Page {
    fn new() -> Page {
        let model = Model::new(first_visit().expect("the example's data"), Language::English, Theme::System);
        Page { model, session: None, effects: Vec::new(), posted: Vec::new(), answers: true }
    }

    fn update(&mut self, msg: Msg) {
        let effects = self.model.update(msg);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::StartWorker => {
                    self.session = Some(Session::new(Language::English));
                    self.update(Msg::WorkerReady);
                }
                Effect::StopWorker => self.session = None,
                Effect::PostToWorker(message) => {
                    self.posted.push(*message);
                    if self.answers {
                        self.answer();
                    }
                }
                Effect::ReplaceText(text) => {
                    // The editor tells its new text.
                    self.update(Msg::FileEdited(self.model.workspace.dockerfile.clone(), text));
                }
                other => self.effects.push(other),
            }
        }
    }

    /// The worker carries out what it got, and tells.
    fn answer(&mut self) {
        for message in std::mem::take(&mut self.posted) {
            let Some(session) = &mut self.session else { return };
            session.handle(serde_json::from_str(&serde_json::to_string(&message).unwrap()).unwrap());
            let json = serde_json::to_string(&session.take_update()).unwrap();
            assert_eq!(session.take_effects(), [], "all data is compiled in");
            let update: Update = serde_json::from_str(&json).unwrap();
            self.update(Msg::WorkerUpdate(Box::new(update)));
        }
    }

    fn edit(&mut self, text: &str) {
        self.update(Msg::FileEdited("Dockerfile".into(), text.into()));
    }

    fn verdict(&self) -> String {
        let outcome = self.model.outcome.as_ref().expect("a result");
        outcome.report.run.as_ref().map_or("no run".into(), |run| run.verdict.to_string())
    }
}

#[test]
fn a_first_visit_shows_the_example_s_result_without_a_worker() {
    let mut page = Page::new();
    assert_eq!((page.verdict().as_str(), &page.model.simulator.state), ("fails", &WorkerState::Absent));
    assert!(page.model.is_outcome_current() && !page.model.simulator.is_result_awaited());
    page.update(Msg::SetLanguage(Language::Chinese));
    let why = page.model.outcome.as_ref().unwrap().why.clone().unwrap_or_default();
    assert!(why.chars().any(|c| c > '\u{4e00}'), "{why}");
    assert_eq!(page.model.simulator.state, WorkerState::Absent);
    // What the worker finds is what was computed when the page was built.
    let shown = page.model.outcome.clone();
    page.update(Msg::StartSimulator);
    assert_eq!(page.model.simulator.state, WorkerState::Ready);
    assert_eq!(page.model.outcome, shown);
    assert!(!page.effects.contains(&Effect::SaveWorkspace), "nothing of the person is there to be saved");
}

#[test]
fn a_fix_makes_the_first_page_start_and_says_what_runs_again() {
    let mut page = Page::new();
    page.update(Msg::ApplyFix(0));
    assert_eq!(page.verdict(), "starts");
    assert!(page.effects.contains(&Effect::SaveWorkspace));
    assert!(!page.model.outcome.as_ref().unwrap().cache.is_empty(), "the example was built before the edit");
}

#[test]
fn checks_of_the_text_are_there_at_once_and_fixes_of_an_older_text_are_not_applied() {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    page.answers = false;
    page.edit("FROM alpine as b\nCOPY main.go /m\nRUN chmod 755 /m\nUSER 1\n");
    let rules = |page: &Page| page.model.checks.iter().map(|check| check.rule.clone()).collect::<Vec<_>>();
    assert!(rules(&page).contains(&"FromAsCasing".to_string()), "{:?}", rules(&page));
    assert!(page.model.simulator.is_result_awaited() && !page.model.is_outcome_current());
    let before = page.model.dockerfile_text().to_string();
    page.update(Msg::ApplyFix(0));
    assert_eq!(page.model.dockerfile_text(), before, "it was found for the example");
    page.answers = true;
    page.answer();
    assert_eq!(rules(&page), ["FromAsCasing", "SP001"]);
    page.update(Msg::ApplySafeFixes);
    assert_eq!(page.model.dockerfile_text(), "FROM alpine AS b\nCOPY --chmod=755 main.go /m\nUSER 1\n");
}

#[test]
fn an_edit_that_the_worker_does_not_know_survives_what_it_tells() {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    page.answers = false;
    page.update(Msg::RunCommand("echo hi > note.txt".into()));
    page.edit("FROM scratch\n");
    page.answers = true;
    page.answer();
    assert_eq!(page.model.file_text("note.txt"), Some("hi\n"));
    assert_eq!(page.model.dockerfile_text(), "FROM scratch\n");
    assert!(page.model.is_outcome_current() && !page.model.simulator.is_result_awaited());
}

#[test]
fn a_worker_that_fails_leaves_text_and_result_and_an_edit_starts_another() {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    page.answers = false;
    page.edit("FROM scratch\n");
    page.update(Msg::WorkerFailed("unreachable".into()));
    assert_eq!(page.model.simulator.state, WorkerState::Stopped(StopReason::Failed("unreachable".into())));
    assert_eq!((page.model.dockerfile_text(), page.verdict().as_str()), ("FROM scratch\n", "fails"));
    assert!(page.model.simulator.is_result_awaited(), "the result is that of another text");
    page.posted.clear();
    page.answers = true;
    page.edit("FROM scratch\nCMD [\"/x\"]\n");
    assert!(page.model.is_outcome_current() && page.model.simulator.state == WorkerState::Ready);
}

#[test]
fn a_simulation_that_passes_its_deadline_is_stopped_and_one_can_begin_without_its_text() {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    page.answers = false;
    page.edit("FROM scratch\n");
    let Some(Effect::WatchDeadline(number)) = page.effects.last().cloned() else { panic!("{:?}", page.effects) };
    page.update(Msg::DeadlinePassed(number - 1));
    assert_eq!(page.model.simulator.state, WorkerState::Ready, "that one was answered");
    page.update(Msg::DeadlinePassed(number));
    assert_eq!(page.model.simulator.state, WorkerState::Stopped(StopReason::TooSlow));
    page.posted.clear();
    page.answers = true;
    page.update(Msg::BeginWithoutText);
    assert_eq!((page.verdict().as_str(), page.model.is_outcome_current()), ("fails", true));
    // A new worker is given what the last one took.
    assert!(page.effects.contains(&Effect::TakeFilesAgain));
}

#[test]
fn a_saved_workspace_is_shown_at_once_and_simulated_when_the_worker_is_there() {
    let mut page = Page::new();
    let mut saved = page.model.workspace.clone();
    saved.write("Dockerfile", "FROM scratch as b\n".into());
    let effects = page.model.open_workspace(saved);
    assert!(page.model.outcome.is_none() && page.model.file_text("Dockerfile") == Some("FROM scratch as b\n"));
    assert_eq!(page.model.checks.len(), 1, "{:?}", page.model.checks);
    page.perform(effects);
    assert!(page.model.is_outcome_current());
    // A shared link while the worker is at work.
    let (engine, builder) = ("docker-20.10".to_string(), "classic".to_string());
    let shared = Workspace { engine, builder, ..page.model.workspace.clone() };
    let effects = page.model.open_workspace(shared);
    page.perform(effects);
    assert!(page.model.is_outcome_current() && page.model.workspace.builder == "classic");
}

#[test]
fn a_created_file_is_opened_and_a_path_that_leads_out_is_refused() {
    let mut page = Page::new();
    page.update(Msg::CreateFile("x/y.txt".into()));
    assert_eq!((page.model.open_file.as_str(), page.model.file_text("x/y.txt")), ("x/y.txt", Some("")));
    page.update(Msg::CreateFile("../z".into()));
    assert!(!page.model.workspace.files.iter().any(|file| file.path.contains("..")), "{:?}", page.model.workspace);
    page.update(Msg::CreateFile("x".into()));
    assert_eq!(page.model.file_text("x"), None, "it is a directory");
}

#[test]
fn another_engine_and_day_are_in_the_workspace() {
    let mut page = Page::new();
    assert!(page.model.day().starts_with("20"), "{}", page.model.day());
    page.update(Msg::SelectEngine("docker-17.09".into(), "classic".into()));
    assert_eq!(page.model.workspace.engine, "docker-17.09");
    let day = page.model.day();
    page.update(Msg::SetAsOf("2018-01-08".into()));
    assert_eq!(page.model.day(), "2018-01-08");
    page.update(Msg::SetAsOf(String::new()));
    assert_eq!((page.model.day(), page.model.workspace.as_of.clone()), (day, None));
}

#[test]
fn the_editor_s_questions_are_answered_by_their_ids() {
    let mut page = Page::new();
    let question = r#"{"ask":"complete","text":"FROM alp","at":8}"#;
    page.update(Msg::AskSimulator(5, question.into()));
    let answer = page.effects.iter().find_map(|effect| match effect {
        Effect::AnswerEditor(5, answer) => Some(answer.clone()),
        _ => None,
    });
    assert!(answer.is_some_and(|answer| answer.contains("alpine")), "{:?}", page.effects);
}
