//! Workspaces, undo and redo, files: with a map in place of the browser's storage.

use super::tests::{Page, record_of};
use super::*;
use crate::state::simulator::WorkerState;
use crate::state::{EntryState, Origin, Prefill, Record, RecordProblem, Stored, revision_of};
use stageplay_protocol::Workspace;
use std::collections::BTreeMap;

const OWN: &str = "FROM debian:12\nCMD [\"echo\", \"mine\"]\n";

/// A page with a storage, which another page may write, too.
struct Browser {
    page: Page,
    records: BTreeMap<String, String>,
    /// Examples by name.
    examples: BTreeMap<String, Workspace>,
}

impl Browser {
    fn new() -> Browser {
        let mut page = Page::new();
        page.model.library.set_seed("t".into());
        Browser { page, records: BTreeMap::new(), examples: BTreeMap::new() }
    }

    fn update(&mut self, msg: Msg) {
        self.page.update(msg);
        self.settle();
    }

    /// Carries out what concerns the storage, until nothing is left.
    fn settle(&mut self) {
        loop {
            let effects = std::mem::take(&mut self.page.effects);
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::SaveWorkspace => self.save(),
                    Effect::FindWorkspace(id) => {
                        let found = self.records.get(&id).map(|json| Record::from_json(json).map(Box::new));
                        self.page.update(Msg::WorkspaceFound(id, found));
                    }
                    Effect::FetchExample(name) => {
                        let workspace = self.examples.get(&name).cloned().map(Box::new).ok_or("404".to_string());
                        self.page.update(Msg::WorkspaceFetched(name, workspace));
                    }
                    Effect::RemoveRecord(id) => {
                        let json = self.records.remove(&id).unwrap();
                        self.page.update(Msg::WorkspaceRemoved(id, json));
                    }
                    Effect::WriteRecord(id, json) => {
                        self.records.insert(id, json);
                    }
                    _ => {}
                }
            }
        }
    }

    fn save(&mut self) {
        let id = self.page.model.library.opened.id.clone();
        let known = self.page.model.library.revisions.get(&id).cloned();
        let there = self.records.get(&id).map(|json| revision_of(json).to_string());
        let stored = match there {
            Some(revision) if known != Some(revision.clone()) => Stored::ChangedElsewhere,
            _ => {
                let record = self.page.model.record();
                self.records.insert(id, record.to_json());
                Stored::Saved(record.revision)
            }
        };
        self.page.update(Msg::WorkspaceStored(stored));
    }

    fn edit(&mut self, text: &str) {
        self.page.edit(text);
        self.settle();
    }

    fn text(&self) -> &str {
        self.page.model.dockerfile_text()
    }

    fn id(&self) -> &str {
        &self.page.model.library.opened.id
    }

    fn kept(&self, id: &str) -> String {
        let record = Record::from_json(&self.records[id]).unwrap();
        record.workspace.text("Dockerfile").unwrap_or_default().to_string()
    }

    fn files(&self) -> Vec<&str> {
        self.page.model.workspace.files.iter().map(|file| file.path.as_str()).collect()
    }
}

#[test]
fn an_edit_of_the_example_is_kept_and_a_lesson_does_not_replace_it() {
    let mut browser = Browser::new();
    let edited = format!("{}# mine\n", browser.text());
    browser.edit(&edited);
    assert_eq!((browser.id(), browser.kept("start")), ("start", edited.clone()));
    // A lesson that is begun before is opened as it was left.
    let mut lesson = record_of(browser.page.model.workspace_of("FROM ubuntu:14.04\n"));
    (lesson.origin, lesson.workspace.lesson) = (Origin::Lesson("then/x".into()), None);
    browser.records.insert("lesson/then/x".into(), lesson.to_json());
    browser.update(Msg::SelectLesson("then/x".into()));
    assert_eq!((browser.id(), browser.text()), ("lesson/then/x", "FROM ubuntu:14.04\n"));
    browser.edit("FROM ubuntu:14.04\n# lesson\n");
    assert_eq!((browser.kept("start"), browser.records.len()), (edited.clone(), 2));
    // Undo goes through the lesson's edit back to what was there before, and redo forth again.
    browser.update(Msg::Undo);
    assert_eq!(browser.text(), "FROM ubuntu:14.04\n");
    browser.update(Msg::Undo);
    assert_eq!((browser.id(), browser.text()), ("start", edited.as_str()));
    browser.update(Msg::Undo);
    assert_eq!(browser.text(), edited.replace("# mine\n", ""));
    for _ in 0..3 {
        browser.update(Msg::Redo);
    }
    assert_eq!((browser.id(), browser.text()), ("lesson/then/x", "FROM ubuntu:14.04\n# lesson\n"));
    assert!(browser.page.model.is_outcome_current());
}

#[test]
fn a_dockerfile_pasted_over_an_example_is_a_workspace_of_its_own() {
    let mut browser = Browser::new();
    browser.edit(OWN);
    let id = browser.id().to_string();
    assert!(id.starts_with("w/"), "{id}");
    assert_eq!((browser.files(), browser.kept(&id)), (vec!["Dockerfile"], OWN.to_string()));
    assert!(browser.page.model.title().contains("debian:12"), "{}", browser.page.model.title());
    browser.update(Msg::Undo);
    assert_eq!((browser.id(), browser.files()), ("start", vec!["Dockerfile", "main.go"]));
    assert_eq!(browser.page.verdict(), "fails");
    browser.update(Msg::Redo);
    assert_eq!((browser.id(), browser.text()), (id.as_str(), OWN));
    // In one's own workspace a text is only a text.
    browser.edit("FROM alpine:3.20\nRUN echo another Dockerfile\n");
    assert_eq!(browser.id(), id);
    // So it is where other files of the example were changed.
    let mut browser = Browser::new();
    browser.update(Msg::CreateFile("x".into()));
    browser.edit(OWN);
    assert_eq!(browser.id(), "start");
}

#[test]
fn fixes_files_commands_and_settings_are_undone_in_their_order() {
    let mut browser = Browser::new();
    let first = browser.text().to_string();
    browser.update(Msg::ApplyFix(0));
    browser.update(Msg::CreateFile("src/a.txt".into()));
    browser.update(Msg::RunCommand("echo hi > b.txt".into()));
    browser.update(Msg::SelectEngine("docker-17.09".into(), "classic".into()));
    browser.update(Msg::RenameFile("src".into(), "lib/src".into()));
    assert_eq!(browser.files(), ["Dockerfile", "b.txt", "lib/src/a.txt", "main.go"]);
    browser.update(Msg::Undo);
    assert_eq!(browser.files(), ["Dockerfile", "b.txt", "main.go", "src/a.txt"]);
    browser.update(Msg::Undo);
    assert_eq!(browser.page.model.workspace.engine, "docker-28");
    browser.update(Msg::Undo);
    assert_eq!(browser.files(), ["Dockerfile", "main.go", "src/a.txt"]);
    browser.update(Msg::Undo);
    assert_eq!((browser.files(), browser.page.verdict().as_str()), (vec!["Dockerfile", "main.go"], "starts"));
    browser.update(Msg::Undo);
    assert_eq!((browser.text(), browser.page.verdict().as_str()), (first.as_str(), "fails"));
    browser.update(Msg::Undo);
    assert_eq!(browser.text(), first, "nothing is left to undo");
    for _ in 0..9 {
        browser.update(Msg::Redo);
    }
    assert_eq!(browser.files(), ["Dockerfile", "b.txt", "lib/src/a.txt", "main.go"]);
    // The simulator has what the page has.
    browser.update(Msg::RunCommand("ls lib/src".into()));
    assert!(browser.page.model.terminal.lines.iter().any(|line| format!("{line:?}").contains("a.txt")));
}

#[test]
fn files_are_copied_and_removed_and_what_is_built_follows() {
    let mut browser = Browser::new();
    browser.update(Msg::DuplicateFile("main.go".into()));
    browser.update(Msg::DuplicateFile("Dockerfile".into()));
    assert_eq!(browser.files(), ["Dockerfile", "Dockerfile-2", "main-2.go", "main.go"]);
    browser.update(Msg::OpenFile("Dockerfile".into()));
    browser.update(Msg::RenameFile("Dockerfile".into(), "docker/Dockerfile".into()));
    let model = &browser.page.model;
    assert_eq!(
        (model.workspace.dockerfile.as_str(), model.open_file.as_str()),
        ("docker/Dockerfile", "docker/Dockerfile")
    );
    browser.update(Msg::RemoveFile("docker".into()));
    assert_eq!(browser.page.model.workspace.dockerfile, "Dockerfile-2");
    assert_eq!(browser.page.verdict(), "fails");
    let (_, toast) = browser.page.model.toast.clone().expect("a toast");
    assert_eq!((toast.text.as_str(), toast.actions.len()), ("Removed: docker", 1));
    browser.update(Msg::CreateFile("../x".into()));
    browser.update(Msg::RenameFile("main.go".into(), "Dockerfile-2".into()));
    assert_eq!(browser.files(), ["Dockerfile-2", "main-2.go", "main.go"]);
    assert!(browser.page.model.notice.is_some());
}

#[test]
fn another_page_s_version_is_never_written_over() {
    let mut browser = Browser::new();
    browser.edit("FROM alpine # 1\n");
    let mut other = Record::from_json(&browser.records["start"]).unwrap();
    (other.revision, other.workspace) = ("other-1".into(), browser.page.model.workspace_of(OWN));
    browser.records.insert("start".into(), other.to_json());
    // The next edit goes on with a copy.
    browser.edit("FROM alpine # 1, 2\n");
    let copy = browser.id().to_string();
    assert_ne!(copy, "start");
    assert_eq!((browser.kept("start"), browser.kept(&copy)), (OWN.to_string(), "FROM alpine # 1, 2\n".to_string()));
    // Or the person decides.
    let mut newer = Record::from_json(&browser.records[&copy]).unwrap();
    (newer.revision, newer.workspace) = ("other-2".into(), browser.page.model.workspace_of(OWN));
    browser.records.insert(copy.clone(), newer.to_json());
    browser.update(Msg::StorageChanged(copy.clone(), "other-2".into()));
    assert!(browser.page.model.library.is_changed_elsewhere);
    browser.update(Msg::TakeOtherVersion);
    assert_eq!((browser.id(), browser.text()), (copy.as_str(), OWN));
    assert!(!browser.page.model.library.is_changed_elsewhere);
    browser.update(Msg::Undo);
    assert_eq!(browser.text(), "FROM alpine # 1, 2\n");
}

#[test]
fn a_record_that_cannot_be_read_stays_and_is_said() {
    let mut browser = Browser::new();
    for (id, json) in [("w/a", "{\"format\":9}"), ("example/b", "{"), ("start", "{")] {
        browser.records.insert(id.into(), json.into());
        browser.update(Msg::OpenWorkspace(id.into()));
        assert!(browser.page.model.notice.take().is_some() || id == "start");
    }
    browser.edit("FROM alpine # 1\n");
    assert_eq!((browser.records["w/a"].as_str(), browser.records["start"].as_str()), ("{\"format\":9}", "{"));
    let problem = RecordProblem::Newer(9);
    assert!(browser.page.model.problem_text(&problem).contains("newer"));
}

#[test]
fn what_comes_by_a_link_waits_for_the_person() {
    let mut browser = Browser::new();
    let files = vec![("Dockerfile".to_string(), OWN.to_string()), ("../x".into(), "x".into())];
    browser.update(Msg::OpenPrefill(Prefill::Files(files)));
    let model = &browser.page.model;
    assert!(model.is_held && model.outcome.is_none() && model.simulator.state == WorkerState::Absent);
    assert_eq!((browser.files(), browser.records.len()), (vec!["Dockerfile"], 0));
    browser.update(Msg::StartSimulator);
    assert_eq!(browser.page.model.simulator.state, WorkerState::Absent);
    browser.update(Msg::SimulateLink);
    assert_eq!((browser.page.verdict().as_str(), browser.records.len()), ("starts", 0));
    // An edit is the person's wish, too, and is kept in a workspace of its own.
    let mut browser = Browser::new();
    browser.edit(&format!("{}# mine\n", browser.text()));
    let workspace = browser.page.model.workspace_of(OWN);
    browser.update(Msg::LinkRead(Ok(Box::new(workspace))));
    assert!(browser.page.model.is_held);
    browser.edit(&OWN.replace("mine", "yours"));
    assert!(!browser.page.model.is_held && browser.page.model.is_outcome_current());
    assert_eq!(browser.records.len(), 2);
    browser.update(Msg::LinkRead(Err("damaged".into())));
    assert!(browser.page.model.notice.as_ref().is_some_and(|notice| notice.contains("damaged")));
    // An address is asked for first.
    browser.update(Msg::OpenPrefill(Prefill::Address("https://example.org/D".into())));
    assert_eq!(browser.page.model.dialog, Some(Dialog::OpenAddress));
}

#[test]
fn a_workspace_is_removed_and_brought_back() {
    let mut browser = Browser::new();
    browser.edit(OWN);
    let id = browser.id().to_string();
    let entry = crate::state::Entry {
        id: id.clone(),
        state: EntryState::Readable { origin: Origin::Own, name: None, base: None, files: 1, saved: 1 },
    };
    browser.update(Msg::WorkspacesListed(vec![entry]));
    browser.update(Msg::RemoveWorkspace(id.clone()));
    assert_eq!((browser.id(), browser.records.contains_key(&id)), ("start", false));
    browser.update(Msg::RestoreRemoved);
    assert_eq!(browser.kept(&id), OWN);
    browser.update(Msg::OpenWorkspace(id.clone()));
    assert_eq!((browser.id(), browser.text()), (id.as_str(), OWN));
}

#[test]
fn an_example_is_edited_and_begun_anew() {
    let mut browser = Browser::new();
    let mut example = browser.page.model.workspace_of("FROM scratch\nCOPY a /a\n");
    example.write("a", "1".into());
    browser.examples.insert("small".into(), example);
    browser.update(Msg::OpenWorkspace("example/small".into()));
    assert_eq!((browser.id(), browser.records.len()), ("example/small", 0));
    browser.edit("FROM scratch\nCOPY a /b\n");
    assert_eq!(browser.kept("example/small"), "FROM scratch\nCOPY a /b\n");
    browser.update(Msg::RestartWorkspace);
    assert_eq!((browser.id(), browser.text()), ("example/small", "FROM scratch\nCOPY a /a\n"));
    browser.update(Msg::Undo);
    assert_eq!(browser.text(), "FROM scratch\nCOPY a /b\n");
    browser.edit(OWN);
    assert!(browser.id().starts_with("w/"));
    browser.update(Msg::OpenWorkspace("example/none".into()));
    assert!(browser.page.model.notice.is_some() && browser.id().starts_with("w/"));
}

#[test]
fn what_a_link_brought_comes_back_after_a_reload_too() {
    let mut browser = Browser::new();
    let link = browser.page.model.workspace_of("FROM busybox:1.36\n");
    browser.update(Msg::LinkRead(Ok(Box::new(link.clone()))));
    assert!(!browser.page.model.can_start_over(), "nothing was changed");
    browser.edit("FROM busybox:1.36\nRUN echo 1\n");
    assert!(browser.page.model.can_start_over());
    let id = browser.id().to_string();
    let record = Record::from_json(&browser.records[&id]).unwrap();
    let mut reloaded = Browser::new();
    reloaded.records = browser.records.clone();
    let effects = reloaded.page.model.begin_with(record, id.clone());
    reloaded.page.perform(effects);
    reloaded.settle();
    reloaded.update(Msg::RestartWorkspace);
    assert_eq!((reloaded.id(), reloaded.text()), (id.as_str(), "FROM busybox:1.36\n"));
    assert!(!reloaded.page.model.can_start_over() && reloaded.page.model.toast.is_some());
    reloaded.update(Msg::Undo);
    assert_eq!(reloaded.text(), "FROM busybox:1.36\nRUN echo 1\n");
    // The person's own has no such state.
    reloaded.update(Msg::NewWorkspace);
    reloaded.edit(OWN);
    assert!(!reloaded.page.model.can_start_over());
}

#[test]
fn files_that_a_copy_lacks_are_named_and_added() {
    let mut browser = Browser::new();
    let text = browser.text().replace("COPY main.go .", "COPY main.go ./go.mod vendor/ x*.txt ./");
    browser.edit(&text);
    assert_eq!(browser.page.model.missing_sources(), ["go.mod"]);
    browser.update(Msg::CreateFile("go.mod".into()));
    assert!(browser.page.model.missing_sources().is_empty());
}
