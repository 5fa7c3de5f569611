//! What the page asks of a session, and what it is told.

mod builds;
mod exercises;
mod explorer;
mod image_data;
mod images;
mod stages;
mod terminal;

use super::Session;
use crate::effect::Effect;
use crate::first_visit_example::example_workspace;
use stageplay_core::words::Language;
use stageplay_protocol::{Event, ExplorerView, ImageDataView, Loaded, Outcome, Request, ToWorker, Update, Workspace};
use std::rc::Rc;

/// A session with what a page would know of it.
pub(super) struct Page {
    pub(super) session: Session,
    number: u64,
    pub(super) outcome: Option<Rc<Outcome>>,
    pub(super) workspace: Workspace,
    pub(super) explorer: ExplorerView,
    pub(super) image_data: ImageDataView,
    pub(super) events: Vec<Event>,
    pub(super) last: Update,
}

impl Page {
    /// A page with the example files, simulated.
    pub(super) fn new() -> Page {
        let mut page = Page::empty();
        page.load(example_workspace());
        page
    }

    /// A page whose session simulated nothing yet.
    pub(super) fn empty() -> Page {
        Page {
            session: Session::new(Language::English),
            number: 0,
            outcome: None,
            workspace: example_workspace(),
            explorer: ExplorerView::default(),
            image_data: ImageDataView::default(),
            events: Vec::new(),
            last: Update::default(),
        }
    }

    pub(super) fn load(&mut self, workspace: Workspace) -> Vec<Effect> {
        self.workspace = workspace.clone();
        self.ask(Request::Load(Box::new(Loaded { workspace, language: "en".into(), calibration: String::new() })))
    }

    pub(super) fn ask(&mut self, request: Request) -> Vec<Effect> {
        self.number += 1;
        if let Request::Edit(files) = &request {
            files.iter().for_each(|(path, text)| self.workspace.write(path, text.clone()));
        }
        self.session.handle(ToWorker { number: self.number, request });
        self.settle()
    }

    /// Takes what the session tells.
    pub(super) fn settle(&mut self) -> Vec<Effect> {
        let mut update = self.session.take_update();
        assert_eq!(update.answered, self.number);
        self.last = update.clone();
        self.events.append(&mut update.events);
        self.outcome = update.outcome.or(self.outcome.take());
        self.workspace = update.workspace.unwrap_or(self.workspace.clone());
        self.explorer = update.explorer.unwrap_or(self.explorer.clone());
        self.image_data = update.image_data.unwrap_or(self.image_data.clone());
        self.session.take_effects()
    }

    pub(super) fn edit(&mut self, text: &str) -> Vec<Effect> {
        self.ask(Request::Edit(vec![("Dockerfile".into(), text.into())]))
    }

    pub(super) fn run(&mut self, command: &str) -> Vec<Effect> {
        self.ask(Request::RunCommand(command.into(), false))
    }

    pub(super) fn outcome(&self) -> &Outcome {
        self.outcome.as_ref().expect("a simulation")
    }

    pub(super) fn verdict(&self) -> &str {
        self.outcome().report.run.as_ref().map_or("no run", |run| run.verdict.as_ref())
    }

    /// The lines that the terminal printed.
    pub(super) fn lines(&self) -> Vec<&str> {
        let texts = self.events.iter().filter_map(|event| match event {
            Event::Output(text) | Event::Note(text) => Some(text.as_str()),
            _ => None,
        });
        texts.flat_map(str::lines).collect()
    }

    pub(super) fn notices(&self) -> Vec<&str> {
        let texts = self.events.iter().filter_map(|event| match event {
            Event::Notice(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

#[test]
fn the_example_fails_and_its_first_fix_makes_it_start() {
    let mut page = Page::new();
    assert_eq!(page.verdict(), "fails");
    let outcome = page.outcome();
    let why = outcome.why.clone().unwrap_or_default();
    assert!(outcome.diagram.is_some() && !why.is_empty(), "{outcome:?}");
    assert_eq!(outcome.graph.as_ref().map(|graph| (graph.target, graph.edges.len())), Some((1, 3)));
    let fix = &outcome.report.run.as_ref().unwrap().fixes[0];
    let mut text = outcome.dockerfile.clone();
    for edit in fix.edits.iter().rev() {
        text.replace_range(edit.start..edit.end, &edit.insert);
    }
    page.edit(&text);
    assert_eq!(page.verdict(), "starts");
}

#[test]
fn an_edit_is_answered_by_its_number_and_what_did_not_change_is_not_told() {
    let mut page = Page::new();
    page.edit("FORM alpine");
    assert!(page.outcome().report.error.is_some());
    assert!(page.last.workspace.is_none() && page.last.explorer.is_none() && page.last.matrix.is_none());
    assert_eq!(page.outcome().dockerfile, "FORM alpine");
    page.ask(Request::Ask(7, r#"{"ask":"folds","text":"FROM a\nRUN b\n"}"#.into()));
    assert!(page.last.outcome.is_none());
    assert!(matches!(&page.events[..], [Event::Answer(7, answer)] if answer.starts_with('[')), "{:?}", page.events);
}

#[test]
fn every_update_is_read_back_from_its_json() {
    let mut page = Page::new();
    page.ask(Request::Explore(stageplay_protocol::ExplorerRequest::SetOpen(true)));
    page.ask(Request::CompareBaseImages);
    page.edit("FROM alpine\nCOPY main.go /m\nRUN chmod 755 /m\n");
    let json = serde_json::to_string(&page.last).unwrap();
    assert_eq!(serde_json::from_str::<Update>(&json).unwrap(), page.last);
}

#[test]
fn what_the_terminal_writes_is_in_the_workspace_of_the_page() {
    let mut page = Page::new();
    page.run("echo hi > note.txt");
    assert_eq!(page.workspace.text("note.txt"), Some("hi\n"));
    page.run("docker build -t a .");
    page.run("docker run a");
    assert!(page.lines().iter().any(|line| line.contains("no such file or directory")), "{:?}", page.lines());
}

#[test]
fn an_edit_keeps_what_the_page_has_and_an_invalid_path_is_said() {
    let mut page = Page::new();
    page.ask(Request::Edit(vec![("a/../../b".into(), "x".into())]));
    let is_kept = page.workspace.files.iter().any(|file| file.path.contains(".."));
    assert!(!is_kept, "{:?}", page.workspace.files);
}

#[test]
fn a_workspace_that_is_not_valid_is_said_and_simulated_as_far_as_it_is() {
    let mut page = Page::empty();
    let mut workspace = Workspace { engine: "docker-0".into(), ..example_workspace() };
    workspace.write("../x", "x".into());
    workspace.write("Dockerfile", "FROM scratch\n".into());
    page.load(workspace);
    assert!(page.notices()[0].contains("docker-0"), "{:?}", page.notices());
    assert_eq!(page.outcome().dockerfile, "FROM scratch\n");
    assert_eq!((page.workspace.engine.as_str(), page.workspace.text("../x")), ("docker-28", None));
}

#[test]
fn the_page_is_answered_in_its_language() {
    let mut page = Page::new();
    let english = page.outcome().why.clone();
    page.ask(Request::SetLanguage("zh-CN".into()));
    let chinese = page.outcome().why.clone();
    assert!(english != chinese && chinese.is_some_and(|why| why.chars().any(|c| c > '\u{4e00}')));
}

#[test]
fn a_dockerfile_that_asks_for_too_much_is_given_up_and_the_page_is_told() {
    let mut page = Page::new();
    let text = format!("FROM scratch\nEXPOSE {}\n", "1-65535 ".repeat(5_000));
    for (language, words) in [("en", "was stopped"), ("zh-CN", "已停止")] {
        page.ask(Request::SetLanguage(language.into()));
        page.edit(&format!("{text}# {words}\n"));
        assert!(page.notices().last().is_some_and(|notice| notice.contains(words)), "{:?}", page.notices());
    }
}
