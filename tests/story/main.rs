//! The story: every lesson is played on the simulated host, in every language.

use stageplay_core::base_images::Catalogue;
use stageplay_core::lesson::{self, Lesson};
use stageplay_core::measure::human_size;
use stageplay_tests::root;
use std::sync::Arc;

fn index() -> Vec<(String, [String; 2])> {
    let text = std::fs::read_to_string(root().join("www/lessons/index.json")).unwrap();
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&text).unwrap();
    let get = |row: &serde_json::Map<String, serde_json::Value>, key: &str| row[key].as_str().unwrap().to_string();
    rows.iter().map(|row| (get(row, "slug"), [get(row, "en"), get(row, "zh-CN")])).collect()
}

fn read(slug: &str) -> [Lesson; 2] {
    let text = |name: &str| std::fs::read_to_string(root().join("www/lessons").join(slug).join(name)).unwrap();
    let english = lesson::parse(&text("en.md"), None).unwrap_or_else(|error| panic!("{slug}/en.md: {error}"));
    let chinese =
        lesson::parse(&text("zh-CN.md"), Some(&english)).unwrap_or_else(|error| panic!("{slug}/zh-CN.md: {error}"));
    [english, chinese]
}

#[test]
fn every_lesson_prints_what_it_says() {
    let catalogue = Arc::new(Catalogue::builtin());
    let mut commands = 0;
    for (slug, _) in index() {
        for lesson in read(&slug) {
            for played in lesson.test(catalogue.clone()) {
                commands += 1;
                assert!(
                    played.fits,
                    "{slug}, line {}: $ {}\nexpected\n{}\nprinted (exit code {})\n{}",
                    played.expected.line, played.expected.command, played.expected.output, played.status, played.text
                );
            }
        }
    }
    assert!(commands > 100, "only {commands} commands were played");
}

#[test]
fn the_list_of_lessons_is_the_folders_with_their_titles() {
    let mut folders = Vec::new();
    for set in ["then", "today"] {
        for entry in std::fs::read_dir(root().join("www/lessons").join(set)).unwrap() {
            folders.push(format!("{set}/{}", entry.unwrap().file_name().to_string_lossy()));
        }
    }
    folders.sort();
    let mut listed: Vec<String> = index().into_iter().map(|(slug, _)| slug).collect();
    listed.sort();
    assert_eq!(listed, folders);
    for (slug, titles) in index() {
        assert_eq!(read(&slug).map(|lesson| lesson.header.title), titles, "{slug}");
    }
}

#[test]
fn a_changed_lesson_does_not_pass() {
    // Guards the test above: an expectation that is wrong must be found.
    let text = std::fs::read_to_string(root().join("www/lessons/then/01-on-ubuntu/en.md")).unwrap();
    let wrong = lesson::parse(&text.replace("200MB\n", "201MB\n"), None).unwrap();
    let played = wrong.test(Arc::new(Catalogue::builtin()));
    assert_eq!(played.iter().filter(|one| !one.fits).count(), 1);
}

#[test]
fn the_figures_follow_the_inputs() {
    // Nothing is recited: another program and another base give other figures.
    let text = std::fs::read_to_string(root().join("www/lessons/then/01-on-ubuntu/en.md")).unwrap();
    let changed =
        text.replace("FROM ubuntu:14.04", "FROM alpine").replace("\t\"net/http\"\n", "").replace("\t\"log\"\n", "");
    let changed = changed
        .replace("\thttp.HandleFunc(\"/\", greet)\n", "")
        .replace("\tlog.Fatal(http.ListenAndServe(\":1111\", nil))\n", "")
        .replace(
            "func greet(w http.ResponseWriter, _ *http.Request) {\n\tfmt.Fprintln(w, \"Hello from a container!\")\n}\n",
            "",
        );
    let lesson = lesson::parse(&changed, None).unwrap();
    let mut host = lesson.host(Arc::new(Catalogue::builtin())).unwrap();
    let played = lesson.play(&mut host);
    let images = &played.iter().find(|one| one.expected.command.starts_with("docker images")).unwrap().text;
    // The base once, the program twice: copied, and copied up by chmod.
    let program = host.context().get("/myhttpserver").unwrap().content().unwrap().len;
    assert!(program < 2_000_000, "without net/http the program is small: {program}");
    let wanted = human_size(3_970_000 + 2 * program, 3);
    assert!(images.contains(&wanted), "{wanted}:\n{images}");
    let run = played.iter().find(|one| one.expected.command.starts_with("docker run")).unwrap();
    assert_eq!(run.text, "Server is up\n  listening on port 1111\n");
}
