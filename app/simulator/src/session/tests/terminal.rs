//! The terminal: prompts, sessions in containers, completion, commands of a lesson.

use super::Page;
use stageplay_protocol::{CommandResult, Event, Request};

impl Page {
    fn prompt(&self) -> Option<&str> {
        self.last.prompt.as_deref()
    }

    fn answer(&self, id: u64) -> Option<&str> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Answer(of, answer) if *of == id => Some(answer.as_str()),
            _ => None,
        })
    }
}

#[test]
fn the_prompt_names_the_folder_and_is_told_when_it_changes() {
    let mut page = Page::new();
    assert_eq!(page.prompt(), Some("~/work $ "));
    page.run("pwd");
    assert_eq!(page.prompt(), None);
    page.run("cd /");
    assert_eq!(page.prompt(), Some("/ $ "));
    assert!(page.events.contains(&Event::CommandEnded(0)));
}

#[test]
fn a_command_goes_on_until_its_quotes_are_closed_or_no_more_comes() {
    let mut page = Page::new();
    page.run("echo 'one");
    assert_eq!(page.events.last(), Some(&Event::CommandContinues));
    page.run("echo 'one\ntwo'");
    assert_eq!(page.lines(), ["one", "two"]);
    page.ask(Request::RunCommand("echo 'open".into(), true));
    assert!(matches!(page.events.last(), Some(Event::CommandEnded(status)) if *status != 0));
}

#[test]
fn a_shell_in_a_container_has_its_own_prompt_and_ends_with_its_input() {
    let mut page = Page::new();
    page.run("docker run -it alpine sh");
    assert_eq!(page.prompt(), Some("/ # "));
    page.run("echo in > /here; cd /etc");
    assert_eq!(page.prompt(), Some("/etc # "));
    page.ask(Request::EndInput);
    assert_eq!(page.prompt(), Some("~/work $ "));
    page.run("ls /here");
    assert!(page.lines().iter().any(|line| line.contains("No such file")), "{:?}", page.lines());
}

#[test]
fn an_editor_opens_a_file_and_clear_empties_the_terminal() {
    let mut page = Page::new();
    page.run("vim notes.txt");
    assert!(page.events.contains(&Event::OpenFile("notes.txt".into())));
    page.run("clear");
    assert!(page.events.contains(&Event::ClearTerminal));
}

#[test]
fn commands_and_files_are_completed() {
    let mut page = Page::new();
    for (line, at, wanted) in [
        ("docker hist", 11, r#"{"from":7,"candidates":["history"]}"#),
        ("cat Dock", 8, r#"{"from":4,"candidates":["Dockerfile"]}"#),
        ("echo 'é' && cat main", 20, r#"{"from":16,"candidates":["main.go"]}"#),
    ] {
        let question = format!(r#"{{"ask":"complete-command","text":{line:?},"at":{at}}}"#);
        page.ask(Request::Ask(7, question));
        let answer: serde_json::Value = serde_json::from_str(page.answer(7).expect("an answer")).unwrap();
        let wanted: serde_json::Value = serde_json::from_str(wanted).unwrap();
        assert_eq!(answer, wanted, "{line}");
    }
}

#[test]
fn a_command_of_a_lesson_leaves_the_container_and_tells_what_differs() {
    let mut page = Page::new();
    page.ask(Request::OpenLesson("x".into()));
    let text = "---\ntitle: x\nengine: docker-28\n---\n```console id=a\n$ echo one\none\n$ echo two\nthree\n```\n";
    page.session.take_lesson("x", Ok((text.into(), "---\ntitle: y\n---\n```console id=a\n```\n".into())));
    page.settle();
    page.run("docker run -it alpine sh");
    page.events.clear();
    page.ask(Request::RunLessonCommand("a".into(), 0));
    assert!(page.events.contains(&Event::CommandTyped("~/work $ ".into(), "echo one".into())));
    page.ask(Request::RunLessonCommand("a".into(), 1));
    let results: Vec<&CommandResult> = page
        .events
        .iter()
        .filter_map(|event| match event {
            Event::LessonResult(_, _, result) => Some(result),
            _ => None,
        })
        .collect();
    assert!(results[0].as_expected && results[0].output == "one\n" && results[0].status == 0);
    assert_eq!(
        (results[1].unexpected.as_slice(), results[1].missing.as_slice()),
        (&[0][..], &["three".to_string()][..])
    );
}

#[test]
fn a_build_in_the_terminal_takes_the_files_to_be_there_that_the_page_takes_to_be_there() {
    let mut page = Page::new();
    page.edit("FROM alpine\nCOPY hello.txt config.yml /app/\nCMD [\"cat\", \"/app/hello.txt\"]\n");
    let notes = |page: &Page| {
        let notes = page.events.iter().filter_map(|event| match event {
            Event::Note(text) => Some(text.as_str()),
            _ => None,
        });
        notes.collect::<String>()
    };
    page.run("docker build -q -t app .");
    assert!(matches!(page.events.last(), Some(Event::CommandEnded(status)) if *status != 0), "config.yml is missing");
    page.ask(Request::AssumeFiles(true));
    page.run("docker build -q -t app .");
    assert_eq!(page.events.last(), Some(&Event::CommandEnded(0)));
    assert!(notes(&page).contains("as the page does") && notes(&page).contains("config.yml"), "{}", notes(&page));
    let is_output = |event: &Event| matches!(event, Event::Output(text) if text.contains("as the page does"));
    assert!(!page.events.iter().any(is_output), "docker does not say it");
}
