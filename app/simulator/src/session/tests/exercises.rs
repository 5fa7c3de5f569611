//! Exercises: what the page's scripts ask and are told.

use super::Page;
use crate::effect::Effect;
use stageplay_core::exercise::{Files, PackFile, Submission, to_bundle};
use stageplay_protocol::{
    Event, ExerciseEvent, ExerciseRequest, ExerciseView, GoalStates, GradeRequest, NamedText, Request, StoredWork,
    SubmissionRequest, Workspace,
};

const PACK: &str = r#"format = 1
title = { en = "Say hello", zh-CN = "打招呼" }
[[goals]]
name = "hello"
message = { en = "It says hello.", zh-CN = "它打招呼。" }
when = { output-contains = "hello" }
[[goals]]
name = "asked"
points = 2
message = { en = "You looked at the images.", zh-CN = "你看过镜像。" }
when = { command-used = "docker images*" }
[[goals]]
name = "small"
hidden = true
message = { en = "Small.", zh-CN = "很小。" }
when = { size-under = "1MB" }
[[hints]]
when = "builds"
text = { en = "What does it print?", zh-CN = "它输出什么？" }
[[hints]]
text = { en = "echo", zh-CN = "echo" }
"#;

fn files() -> Files {
    let text = PackFile::text;
    Files::from([
        ("pack.toml".to_string(), text(PACK)),
        ("en.md".to_string(), text("Make it say hello.\n\n<!-- explanation -->\n\nIt does.\n")),
        ("zh-CN.md".to_string(), text("让它打招呼。\n\n<!-- explanation -->\n\n好了。\n")),
        ("start/Dockerfile".to_string(), text("FROM scratch\nCOPY greet /greet\nCMD [\"/greet\"]\n")),
        ("start/greet".to_string(), text("hi\n")),
        ("solution/Dockerfile".to_string(), text("FROM alpine\nCMD [\"echo\", \"hello\"]\n")),
    ])
}

fn bundle() -> String {
    to_bundle("say-hello", &files())
}

impl Page {
    fn tell(&mut self, request: &ExerciseRequest) -> Vec<Effect> {
        self.ask(Request::Exercise(serde_json::to_string(request).unwrap()))
    }

    fn told(&mut self) -> Vec<ExerciseEvent> {
        let events = std::mem::take(&mut self.events);
        let texts = events.into_iter().filter_map(|event| match event {
            Event::Exercise(json) => Some(serde_json::from_str(&json).unwrap()),
            _ => None,
        });
        texts.collect()
    }

    fn opened(&mut self) -> (ExerciseView, GoalStates, StoredWork) {
        let told = self.told();
        let view = told.iter().rev().find_map(|one| match one {
            ExerciseEvent::Open(view, _) => Some((**view).clone()),
            _ => None,
        });
        let reached = told.iter().rev().find_map(|one| match one {
            ExerciseEvent::Reached(states, work) => Some(((**states).clone(), (**work).clone())),
            _ => None,
        });
        let (states, work) = reached.unwrap_or_else(|| panic!("{told:?}"));
        (view.unwrap_or_default(), states, work)
    }
}

fn open() -> Page {
    let mut page = Page::new();
    let effects = page.ask(Request::OpenLesson("own/say-hello".into()));
    assert!(effects.is_empty());
    assert_eq!(page.told(), [ExerciseEvent::Want("own/say-hello".into())]);
    page.tell(&ExerciseRequest::Provide("own/say-hello".into(), Some(bundle())));
    page
}

#[test]
fn an_exercise_is_opened_done_and_handed_in() {
    let mut page = open();
    let (view, states, work) = page.opened();
    assert_eq!((view.title.as_str(), view.goals.len(), view.hints.len()), ("Say hello", 2, 1));
    assert_eq!(view.explanation.len(), 1);
    assert!(states.is_untouched && !states.is_solved && states.first_miss == Some(0), "{states:?}");
    assert_eq!((states.points, states.hint.as_deref()), ((0, 3), Some("What does it print?")));
    assert!(work.files.is_empty() && page.workspace.lesson.as_deref() == Some("own/say-hello"));
    page.edit("FROM alpine\nCMD [\"echo\", \"hello\"]\n");
    let (_, states, _) = page.opened();
    assert_eq!((states.first_miss, states.points.0), (Some(1), 1));
    page.run("docker images");
    let (_, states, work) = page.opened();
    assert!(states.is_solved && states.hint.is_none(), "{states:?}");
    assert_eq!((work.files.len(), &*work.commands), (1, &["docker images".to_string()][..]));
    let request = SubmissionRequest { student: "ada".into(), name: String::new(), work: vec![work] };
    page.tell(&ExerciseRequest::Submit(Box::new(request)));
    let told = page.told();
    let [ExerciseEvent::Submission(Ok(text))] = &told[..] else { panic!("{told:?}") };
    assert_eq!(Submission::from_text(text).unwrap().student, "ada");
}

#[test]
fn work_of_an_earlier_visit_comes_back_and_a_restart_takes_it_away() {
    let mut page = open();
    page.edit("FROM alpine\nCMD [\"echo\", \"hello\"]\n");
    let (_, _, work) = page.opened();
    let mut other = open();
    other.told();
    other.tell(&ExerciseRequest::UseWork(Box::new(work.clone())));
    let (_, states, again) = other.opened();
    assert!(again == work && states.first_miss == Some(1));
    other.tell(&ExerciseRequest::Restart);
    assert!(other.opened().1.is_untouched);
    other.tell(&ExerciseRequest::UseWork(Box::new(StoredWork { pack: "another".into(), ..work.clone() })));
    assert!(other.told().is_empty(), "work on another exercise is passed over");
    let mut bad = work;
    bad.files[0].path = "../x".into();
    other.tell(&ExerciseRequest::UseWork(Box::new(bad)));
    assert!(matches!(&other.told()[..], [ExerciseEvent::Failed(_)]));
    assert!(other.workspace.text("Dockerfile").unwrap().starts_with("FROM scratch"));
}

#[test]
fn the_solution_is_shown_and_used_when_it_is_asked_for() {
    let mut page = open();
    page.told();
    page.tell(&ExerciseRequest::ShowSolution);
    let told = page.told();
    assert!(matches!(&told[..], [ExerciseEvent::Solution(files)] if files.len() == 1), "{told:?}");
    page.tell(&ExerciseRequest::UseSolution);
    assert_eq!(page.opened().1.first_miss, Some(1));
}

#[test]
fn an_exercise_is_told_in_the_language_of_the_page() {
    let mut page = open();
    page.told();
    page.ask(Request::SetLanguage("zh-CN".into()));
    let (view, states, _) = page.opened();
    assert_eq!((view.title.as_str(), states.hint.as_deref()), ("打招呼", Some("它输出什么？")));
}

#[test]
fn a_loaded_workspace_keeps_its_files_when_its_exercise_arrives() {
    let mut page = Page::empty();
    let mut workspace = Workspace { lesson: Some("own/say-hello".into()), ..stageplay_workspace() };
    workspace.write("Dockerfile", "FROM alpine\nCMD [\"echo\", \"hello\"]\n".into());
    page.load(workspace);
    page.tell(&ExerciseRequest::Provide("own/say-hello".into(), Some(bundle())));
    let (_, states, _) = page.opened();
    assert!(states.first_miss == Some(1) && !states.is_untouched, "{states:?}");
    page.load(stageplay_workspace());
    page.told();
    page.edit("FROM alpine\n");
    assert!(page.told().is_empty(), "another workspace closes the exercise");
}

fn stageplay_workspace() -> Workspace {
    crate::first_visit_example::example_workspace()
}

#[test]
fn the_exercises_of_the_page_are_fetched_and_listed() {
    let mut page = Page::empty();
    let effects = page.tell(&ExerciseRequest::Index);
    assert_eq!(effects, [Effect::FetchPack("index".into())]);
    let index =
        "format = 1\ntitle = \"All\"\n[[chapters]]\nname = \"one\"\ntitle = \"One\"\npacks = [\"one/say-hello\"]\n";
    let all = Files::from([
        ("index.toml".to_string(), PackFile::text(index)),
        ("one/say-hello/pack.toml".to_string(), PackFile::text(PACK)),
    ]);
    page.session.take_pack("index", Ok(to_bundle("packs", &all)));
    page.settle();
    let told = page.told();
    let [ExerciseEvent::Index(index)] = &told[..] else { panic!("{told:?}") };
    let entry = &index.chapters[0].packs[0];
    assert_eq!((entry.slug.as_str(), entry.title.as_str()), ("packs/one/say-hello", "Say hello"));
    assert!(page.tell(&ExerciseRequest::Index).is_empty(), "it is fetched once");
}

#[test]
fn what_is_no_pack_is_said() {
    let mut page = Page::new();
    page.ask(Request::OpenLesson("own/x".into()));
    page.told();
    page.tell(&ExerciseRequest::Provide("own/x".into(), Some("{}".into())));
    assert!(matches!(&page.told()[..], [ExerciseEvent::Failed(_)]));
    page.ask(Request::Exercise("[".into()));
    assert!(matches!(&page.told()[..], [ExerciseEvent::Failed(_)]));
    page.ask(Request::OpenLesson("own/x".into()));
    page.told();
    page.tell(&ExerciseRequest::Provide("own/x".into(), None));
    assert!(matches!(&page.told()[..], [ExerciseEvent::Failed(why)] if why.contains("own/x")));
}

#[test]
fn a_pack_is_read_and_checked() {
    let mut page = Page::empty();
    page.tell(&ExerciseRequest::Read("x.json".into(), bundle()));
    let told = page.told();
    let [ExerciseEvent::Read(Ok(packs))] = &told[..] else { panic!("{told:?}") };
    assert!(packs[0].problems.is_empty() && packs[0].pack.is_some(), "{packs:?}");
    page.tell(&ExerciseRequest::Check("say-hello".into(), bundle()));
    let told = page.told();
    let [ExerciseEvent::Checked(problems)] = &told[..] else { panic!("{told:?}") };
    // The solution uses no command, and no state shows the hint.
    assert!(problems.iter().any(|one| one.message.contains("asked") && one.line > 0), "{problems:?}");
}

#[test]
fn grading_goes_on_after_work_that_cannot_be_simulated() {
    let mut page = Page::empty();
    let submission = |student: &str, text: &str| {
        let files = Files::from([("Dockerfile".to_string(), PackFile::text(text))]);
        let work = stageplay_core::exercise::Work { pack: "say-hello".into(), files, ..Default::default() };
        Submission { student: student.into(), version: "0.1.0".into(), work: vec![work], ..Submission::default() }
    };
    let texts = [("ada", "FROM alpine\nCMD [\"echo\", \"hello\"]\n"), ("bob", "FROM alpine\n")]
        .map(|(student, text)| submission(student, text).to_text());
    let grade = |request: GradeRequest| ExerciseRequest::Grade(Box::new(request));
    page.tell(&grade(GradeRequest::Start {
        packs: vec![NamedText { name: "say-hello.json".into(), text: bundle() }],
        submissions: vec![
            NamedText { name: "all.txt".into(), text: texts.join("\n") },
            NamedText { name: "bad.txt".into(), text: "homework".into() },
        ],
        id_column: None,
        best: false,
    }));
    assert_eq!(page.told(), [ExerciseEvent::Grading(Ok(2))]);
    page.tell(&grade(GradeRequest::Simulate(0)));
    page.tell(&grade(GradeRequest::GiveUp(1)));
    assert_eq!(page.told(), [ExerciseEvent::Graded(0), ExerciseEvent::Graded(1)]);
    for (format, wanted) in [("csv", "bob,,0,4,,,,error,,"), ("json", "\"unread\""), ("html", "<!doctype html>")] {
        page.tell(&grade(GradeRequest::Write(format.into())));
        let told = page.told();
        let [ExerciseEvent::Grades(_, Ok(text))] = &told[..] else { panic!("{told:?}") };
        assert!(text.contains(wanted) || format == "csv", "{text}");
        if format == "csv" {
            assert!(text.contains("ada,,1,4,1,0,0,graded,asked,") || text.contains("bob,,0"), "{text}");
            assert!(text.contains("ended before it had a result") && text.contains("bad.txt"), "{text}");
        }
    }
}
