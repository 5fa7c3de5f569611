//! The lesson in docs/teachers.md passes its own test.

use super::read;
use stageplay_tests::{folder, root, stageplay, stdout, write};

#[test]
fn the_lesson_for_teachers_passes() {
    let page = read(&root().join("docs/teachers.md"));
    let (_, rest) = page.split_once("````markdown\n").expect("the lesson");
    let (lesson, _) = rest.split_once("````\n").expect("its end");
    let dir = folder("documentation-lesson");
    write(&dir, &[("lessons/01-hello/en.md", lesson)]);
    let output = stageplay().args(["lesson", "test", "lessons"]).current_dir(&dir).output().unwrap();
    assert!(page.contains(&format!("```text\n{}```", stdout(&output))), "{}", stdout(&output));
    assert_eq!(output.status.code(), Some(0));
}
