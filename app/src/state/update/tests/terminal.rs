//! The terminal and the lesson, with a simulator in place of the worker.

use super::*;
use crate::state::terminal::{DrawnBy, Link, TerminalMsg};

impl Page {
    fn run(&mut self, lines: &str) {
        self.update(Msg::RunCommand(lines.into()));
    }

    fn terminal(&self) -> Vec<&str> {
        self.model.terminal.lines.iter().map(|line| line.text.as_str()).collect()
    }

    /// Opens a lesson whose texts a session would fetch.
    fn open_lesson(&mut self, text: &str) {
        self.update(Msg::StartSimulator);
        self.answers = false;
        self.update(Msg::SelectLesson("x".into()));
        let asked = self.effects.iter().find_map(|effect| match effect {
            Effect::FindWorkspace(id) => Some(id.clone()),
            _ => None,
        });
        self.update(Msg::WorkspaceFound(asked.expect("the storage is asked first"), None));
        let Some(session) = &mut self.session else { panic!("no session") };
        for message in std::mem::take(&mut self.posted) {
            session.handle(message);
        }
        session.take_effects();
        session.take_lesson("x", Ok((text.into(), String::new())));
        let update = session.take_update();
        self.answers = true;
        self.update(Msg::WorkerUpdate(Box::new(update)));
    }
}

#[test]
fn lines_run_one_after_the_other_each_behind_the_prompt_of_its_folder() {
    let mut page = Page::new();
    page.run("cd /\necho 'a\nb'\npwd");
    assert_eq!(page.terminal(), ["~/work $ cd /", "/ $ echo 'a", "> b'", "a", "b", "/ $ pwd", "/"]);
    assert_eq!(page.model.terminal.histories.of(""), ["cd /", "echo 'a\nb'", "pwd"]);
    assert!(!page.model.terminal.is_running());
    assert!(page.effects.iter().any(|effect| matches!(effect, Effect::SaveTerminal(json) if json.contains("pwd"))));
    assert!(page.effects.contains(&Effect::LoadTerminal) && page.model.terminal.drawn_by == DrawnBy::Loading);
}

#[test]
fn an_interrupt_gives_up_what_waits_and_then_stops_the_simulator() {
    let mut page = Page::new();
    page.update(Msg::StartSimulator);
    page.answers = false;
    page.run("docker build .\nls");
    page.update(Msg::Terminal(TerminalMsg::Interrupt(String::new())));
    assert_eq!(page.model.terminal.waiting(), 0);
    assert_eq!(page.model.simulator.state, WorkerState::Ready);
    page.update(Msg::Terminal(TerminalMsg::Interrupt(String::new())));
    assert_eq!(page.model.simulator.state, WorkerState::Stopped(StopReason::Interrupted));
    page.posted.clear();
    page.answers = true;
    page.run("echo again");
    assert_eq!(page.terminal().last(), Some(&"again"));
}

#[test]
fn a_container_s_shell_has_its_prompt_until_its_input_ends() {
    let mut page = Page::new();
    page.run("docker run -it alpine sh");
    assert_eq!(page.model.terminal.prompt(), "/ # ");
    page.update(Msg::Terminal(TerminalMsg::EndInput));
    assert_eq!((page.model.terminal.prompt(), page.model.terminal.is_running()), ("~/work $ ", false));
}

#[test]
fn editors_and_links_open_files_and_clear_empties_the_terminal() {
    let mut page = Page::new();
    page.run("vim notes.txt");
    assert_eq!((page.model.open_file.as_str(), page.model.file_text("notes.txt")), ("notes.txt", Some("")));
    page.update(Msg::Terminal(TerminalMsg::Open(Link::File("main.go".into(), Some(3)))));
    assert_eq!(page.model.open_file, "main.go");
    assert!(page.effects.contains(&Effect::GoToLine(3)));
    page.update(Msg::Terminal(TerminalMsg::Open(Link::File("none".into(), None))));
    assert_eq!(page.model.open_file, "main.go");
    page.update(Msg::Terminal(TerminalMsg::Open(Link::Line(2))));
    assert_eq!(page.model.open_file, "Dockerfile");
    page.run("clear");
    assert!(page.terminal().is_empty() && page.model.terminal.cleared == 1);
}

const LESSON: &str = "---\ntitle: x\ntask: Make it fail.\ngoal: fails\nengine: docker-28\n---\n\
    ```dockerfile id=d file=Dockerfile\nFROM alpine\nCMD [\"true\"]\n```\n\
    ```console id=a\n$ echo one\none\n$ echo two\ntwo\n```\n```console id=b\n$ false\n? 1\n```\n";

#[test]
fn the_rest_of_a_lesson_runs_in_its_order_and_its_goal_is_looked_at() {
    let mut page = Page::new();
    page.open_lesson(LESSON);
    page.update(Msg::RunLessonCommand("a".into(), 0));
    page.update(Msg::RunRestOfLesson);
    let progress = &page.model.lesson_progress;
    assert_eq!(progress.count(page.model.lesson.as_ref().unwrap()), (3, 3));
    assert!(progress.result("b", 0).is_some_and(|result| result.as_expected && result.status == 1));
    assert_eq!(page.terminal(), ["~/work $ echo one", "one", "~/work $ echo two", "two", "~/work $ false"]);
    assert_eq!(page.model.is_goal_met(), Some(false));
    page.edit("FROM alpine\nCMD [\"/none\"]\n");
    assert_eq!(page.model.is_goal_met(), Some(true));
}

#[test]
fn a_lesson_is_begun_anew_at_once_and_what_was_there_can_come_back() {
    let mut page = Page::new();
    page.open_lesson(LESSON);
    page.update(Msg::RunRestOfLesson);
    page.edit("FROM scratch\n");
    page.update(Msg::RestartWorkspace);
    assert_eq!(page.model.dockerfile_text(), "FROM alpine\nCMD [\"true\"]\n");
    assert!(page.model.lesson_progress.result("a", 0).is_none() && page.terminal().is_empty());
    page.update(Msg::Undo);
    assert_eq!(page.model.dockerfile_text(), "FROM scratch\n");
}

#[test]
fn a_lesson_whose_command_makes_a_file_asks_for_it_first() {
    let mut page = Page::new();
    page.open_lesson(
        "---\ntitle: x\ntask: Build it.\nengine: docker-28\n---\n\
        ```dockerfile id=d file=Dockerfile\nFROM alpine\nCOPY made /\n```\n```console id=a\n$ touch made\n```\n",
    );
    assert!(page.model.lesson_has_yet_to_begin());
    assert_eq!(page.model.next_step().map(|step| step.words), Some("lesson.run-all"));
    page.update(Msg::RunRestOfLesson);
    assert!(!page.model.lesson_has_yet_to_begin());
    // Another build that fails is the reader's.
    page.edit("FROM alpine\nCOPY other /\n");
    assert!(!page.model.lesson_has_yet_to_begin());
}
