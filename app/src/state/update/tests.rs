//! What messages do to the model, with a simulator in place of the worker.

mod command_palette;
mod layers;
mod pieces;
mod stages;
mod terminal;

use super::*;
use crate::state::exercises::ExercisesMsg;
use crate::state::result_tab::ResultTab;
use crate::state::simulator::{StopReason, WorkerState};
use crate::state::theme::Theme;
use crate::state::toast::Toast;
use crate::state::{FORMAT, Origin, Record};
use stageplay_protocol::{ToWorker, Update, Workspace};
use stageplay_simulator::{Session, first_result, first_visit};

/// A saved workspace.
pub(super) fn record_of(workspace: Workspace) -> Record {
    Record { format: FORMAT, revision: "a".into(), saved: 1, origin: Origin::Own, name: None, workspace, opened: None }
}

/// A page whose worker is a session.
pub(super) struct Page {
    pub(super) model: Model,
    session: Option<Session>,
    /// Effects that are not about the worker, in their order.
    pub(super) effects: Vec<Effect>,
    /// The messages that the worker got, and whether it answers them.
    posted: Vec<ToWorker>,
    pub(super) answers: bool,
}

impl Page {
    pub(super) fn new() -> Page {
        let mut model = Model::new(first_visit(), Language::English, Theme::System);
        model.update(Msg::FirstResultRead(Box::new(first_result().expect("the example's data"))));
        Page { model, session: None, effects: Vec::new(), posted: Vec::new(), answers: true }
    }

    pub(super) fn update(&mut self, msg: Msg) {
        let effects = self.model.update(msg);
        self.perform(effects);
    }

    pub(super) fn perform(&mut self, effects: Vec<Effect>) {
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
                other => self.effects.push(other),
            }
        }
    }

    /// The worker carries out what it got, and tells.
    pub(super) fn answer(&mut self) {
        for message in std::mem::take(&mut self.posted) {
            let Some(session) = &mut self.session else { return };
            session.handle(serde_json::from_str(&serde_json::to_string(&message).unwrap()).unwrap());
            let json = serde_json::to_string(&session.take_update()).unwrap();
            assert_eq!(session.take_effects(), [], "all data is compiled in");
            let update: Update = serde_json::from_str(&json).unwrap();
            self.update(Msg::WorkerUpdate(Box::new(update)));
        }
    }

    pub(super) fn edit(&mut self, text: &str) {
        self.update(Msg::FileEdited("Dockerfile".into(), text.into()));
    }

    pub(super) fn verdict(&self) -> String {
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
    page.update(Msg::FileEdited("main.go".into(), "package main\n".into()));
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
fn the_deadline_waits_while_the_worker_loads_a_part_of_its_program() {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    page.answers = false;
    page.edit("FROM scratch\n");
    let watched = |page: &Page| {
        let numbers = page.effects.iter().filter_map(|effect| match effect {
            Effect::WatchDeadline(number) => Some(*number),
            _ => None,
        });
        numbers.collect::<Vec<u64>>()
    };
    let before = watched(&page);
    let number = before[before.len() - 1];
    page.update(Msg::WorkerLoads(true));
    page.update(Msg::DeadlinePassed(number));
    assert_eq!(page.model.simulator.state, WorkerState::Ready);
    assert_eq!(watched(&page), [before, vec![number]].concat());
    page.update(Msg::WorkerLoads(false));
    page.update(Msg::DeadlinePassed(number));
    assert_eq!(page.model.simulator.state, WorkerState::Stopped(StopReason::TooSlow));
}

#[test]
fn a_simulation_that_passes_its_deadline_is_stopped_and_one_can_begin_without_its_text() {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    page.answers = false;
    page.edit("FROM scratch\n");
    let mut deadlines = page.effects.iter().filter_map(|effect| match effect {
        Effect::WatchDeadline(number) => Some(*number),
        _ => None,
    });
    let number = deadlines.next_back().unwrap();
    page.update(Msg::DeadlinePassed(number - 1));
    assert_eq!(page.model.simulator.state, WorkerState::Ready, "that one was answered");
    page.update(Msg::DeadlinePassed(number));
    assert_eq!(page.model.simulator.state, WorkerState::Stopped(StopReason::TooSlow));
    page.posted.clear();
    page.answers = true;
    page.update(Msg::BeginWithoutText);
    assert_eq!((page.verdict().as_str(), page.model.is_outcome_current()), ("fails", true));
    // A new worker is given what the last one took.
    assert!(page.effects.contains(&Effect::TakeFilesAgain(Vec::new(), true)));
}

#[test]
fn a_saved_workspace_is_shown_at_once_and_simulated_when_the_worker_is_there() {
    let mut page = Page::new();
    let mut saved = page.model.workspace.clone();
    saved.write("Dockerfile", "FROM scratch as b\n".into());
    let effects = page.model.begin_with(record_of(saved), "files".into());
    assert!(page.model.outcome.is_none() && page.model.file_text("Dockerfile") == Some("FROM scratch as b\n"));
    assert_eq!(page.model.checks.len(), 1, "{:?}", page.model.checks);
    page.perform(effects);
    assert!(page.model.is_outcome_current());
    // A shared link while the worker is at work.
    let (engine, builder) = ("docker-20.10".to_string(), "classic".to_string());
    let shared = Workspace { engine, builder, ..page.model.workspace.clone() };
    let effects = page.model.open_fresh(Origin::Link, None, shared);
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

#[test]
fn a_fix_says_what_it_changed_and_keeps_the_cause_until_the_next_edit() {
    let mut page = Page::new();
    let step = page.model.next_step().expect("the first fix");
    assert!(step.is_edit && step.words == "apply-and-see" && step.size.is_some(), "{step:?}");
    page.update(step.msg);
    let (_, toast) = page.model.toast.clone().expect("a toast");
    assert_eq!(toast.code, "RUN CGO_ENABLED=0 go build -o server main.go");
    let actions: Vec<&str> = toast.actions.iter().map(|(words, _)| *words).collect();
    assert_eq!(actions, ["undo", "toast.why-failed"]);
    assert!(page.effects.contains(&Effect::FocusElement("verdict")), "{:?}", page.effects);
    assert!(!page.effects.contains(&Effect::FocusEditor), "Tab would indent the line");
    page.update(Msg::CloseToast);
    let why = page.model.find_commands("why did it fail").into_iter().next().expect("the command");
    page.update(Msg::ShowResultTab(ResultTab::Layers));
    page.update(why.msg.expect("a message"));
    let fix = page.model.applied_fix.as_ref().expect("the fix");
    assert!(fix.shows_cause && fix.failure.why.is_some());
    assert_eq!((page.model.result_tab, page.model.toast.is_some()), (ResultTab::Overview, false));
    page.edit("FROM scratch\n");
    assert!(page.model.applied_fix.is_none());
}

#[test]
fn a_missing_file_and_a_refused_line_have_a_next_step() {
    let mut page = Page::new();
    page.edit("FROM alpine\nWROKDIR /a\n");
    assert!(matches!(page.model.next_step().expect("a fix").msg, Msg::ApplyCheckFix(_)));
    page.edit("FROM alpine\nCOPY nothing /\nCMD [\"true\"]\n");
    assert!(matches!(page.model.next_step().expect("an offer").msg, Msg::CreateFile(path) if path == "nothing"));
    page.edit("FROM alpine\nCOPY nothing/ /\nCMD [\"true\"]\n");
    assert!(matches!(page.model.next_step().expect("an offer").msg, Msg::AssumeFiles(true)));
    page.edit("FROM scratch\n");
    assert!(page.model.next_step().is_none_or(|step| !step.is_edit));
}

#[test]
fn a_from_that_names_no_stage_is_mended_by_the_stage_that_was_meant() {
    let mut page = Page::new();
    page.edit("FROM alpine AS build\nRUN echo 1 > /one\nFROM scratch\nCOPY --from=builder /one /one\n");
    let step = page.model.next_step().expect("a fix");
    assert_eq!(step.title, "--from=build");
    page.update(step.msg);
    assert!(
        page.model.dockerfile_text().ends_with("COPY --from=build /one /one\n"),
        "{}",
        page.model.dockerfile_text()
    );
    assert!(page.model.outcome.as_ref().unwrap().report.error.is_none());
}

#[test]
fn a_toast_without_buttons_goes_away_and_a_newer_one_stays() {
    let mut page = Page::new();
    let effects = ["one", "two"].map(|text| page.model.show_toast(Toast::text(text)));
    let expires = |number| Effect::ExpireToast { number, after_ms: 8_000 };
    assert_eq!(effects.concat(), [expires(1), expires(2)]);
    page.update(Msg::ExpireToast(1));
    assert_eq!(page.model.toast.as_ref().map(|(_, toast)| toast.text.as_str()), Some("two"));
    page.update(Msg::ExpireToast(2));
    assert!(page.model.toast.is_none());
}

#[test]
fn commands_are_found_by_their_words_and_keys_are_listed() {
    let page = Page::new();
    let found = |query: &str| page.model.find_commands(query).iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(found("DARK"), ["theme-dark"]);
    assert_eq!(found("17.09 classic"), ["engine-docker-17.09-classic"]);
    assert_eq!(found("").first().map(String::as_str), Some("next-step"));
    assert!(found("?").contains(&"keys.fixes".to_string()) && !found("?").contains(&"share".to_string()));
    assert_eq!(found("no such words"), Vec::<String>::new());
    let ids = found("");
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len(), "each has an id of its own");
    for language in [Language::English, Language::Chinese] {
        let mut page = Page::new();
        page.update(Msg::SetLanguage(language));
        for command in page.model.commands() {
            assert_ne!(command.words, command.id, "it has words");
        }
    }
}

#[test]
fn an_image_that_does_not_exist_is_replaced_by_one_near_it() {
    let mut page = Page::new();
    page.edit("FROM alpine:2.99\nCMD [\"true\"]\n");
    let step = page.model.next_step().expect("an image near it");
    let Msg::TakeImage(index, name) = step.msg else { panic!("{step:?}") };
    page.update(Msg::TakeImage(index, "debian:12".into()));
    assert!(page.model.dockerfile_text().starts_with("FROM alpine:2.99\n"), "it was not offered");
    page.update(Msg::TakeImage(index, name.clone()));
    assert_eq!(page.model.dockerfile_text(), format!("FROM {name}\nCMD [\"true\"]\n"));
    assert_eq!(page.verdict(), "starts");
}

#[test]
fn success_is_told_where_the_exercise_is_hidden_and_leads_to_it() {
    let mut page = Page::new();
    page.model.panel = Panel::Editor;
    page.update(Msg::Exercises(ExercisesMsg::Toast("Solved".into())));
    let (_, toast) = page.model.toast.clone().expect("a toast");
    let (words, action) = toast.actions.into_iter().next().expect("a button");
    assert_eq!((toast.text.as_str(), words), ("Solved", "exercise.show"));
    page.update(action);
    assert_eq!((page.model.panel, page.model.toast.is_some()), (Panel::Lesson, false));
}

#[test]
fn a_failed_build_has_its_fix_as_the_next_step_and_no_cause_of_a_start() {
    let mut page = Page::new();
    page.edit("FROM debian:12\nRUN apt-get install -y curl\nCMD [\"curl\", \"--version\"]\n");
    assert_eq!(page.model.fixes().first().map(|fix| fix.id.as_str()), Some("apt-update"));
    let step = page.model.next_step().expect("the fix");
    assert!(matches!(step.msg, Msg::ApplyFix(0)) && step.size.is_some());
    page.update(step.msg);
    assert!(page.model.dockerfile_text().contains("RUN apt-get update && apt-get install -y curl"));
    assert!(page.model.applied_fix.is_none() && page.model.outcome.as_ref().unwrap().report.error.is_none());
}

#[test]
fn a_script_with_windows_line_ends_is_converted() {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    page.update(Msg::FileEdited("run.sh".into(), "#!/bin/sh\r\necho hi\r\n".into()));
    page.edit("FROM alpine\nCOPY --chmod=755 run.sh /run.sh\nCMD [\"/run.sh\"]\n");
    assert_eq!(page.verdict(), "fails");
    let why = page.model.outcome.as_ref().unwrap().report.run.as_ref().unwrap().explanation.clone().unwrap_or_default();
    assert!(why.contains("/bin/sh␍"), "{why}");
    let step = page.model.next_step().expect("the conversion");
    assert_eq!((step.words, step.title.as_str()), ("next.line-ends", "run.sh"));
    page.update(step.msg);
    assert_eq!(page.model.workspace.text("run.sh"), Some("#!/bin/sh\necho hi\n"));
    assert_eq!(page.verdict(), "starts");
}
