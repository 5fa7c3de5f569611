//! Undo and redo: the states of the workspaces before each change, whatever made it.
//!
//! The editor has no history of its own, so that there is one order for typing, fixes, files, commands and lessons.

use super::library::Opened;
use stageplay_protocol::Workspace;
use std::rc::Rc;

/// The most steps that are kept.
const MAX_STEPS: usize = 300;
/// The most bytes of files that are kept in all steps.
const MAX_BYTES: usize = 32 << 20;
/// Typing goes on in one step if it pauses for less than this, in milliseconds.
const PAUSE: f64 = 1_000.0;

/// What made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Typing in the editor.
    Typing,
    /// A fix, or another button that changes the Dockerfile.
    Fix,
    /// Files were created, added, renamed or removed.
    Files,
    /// A command in the terminal, or what else the simulator changed.
    Command,
    /// Engine, builder or day.
    Settings,
    /// Another workspace was opened.
    Switch,
}

/// A state that can be gone back to.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The workspace that was open.
    pub opened: Opened,
    /// Its files, engine and lesson.
    pub workspace: Rc<Workspace>,
    /// The path of the file in the editor.
    pub open_file: String,
}

impl Snapshot {
    fn bytes(&self) -> usize {
        self.workspace.files.iter().map(|file| file.text().map_or(64, str::len) + file.path.len()).sum()
    }
}

#[derive(Clone, Debug)]
struct Step {
    /// The state on the other side of the step: before it in `undo`, behind it in `redo`.
    state: Snapshot,
    kind: StepKind,
}

/// The end of what was typed last: further typing there is part of the same step.
#[derive(Clone, Debug)]
struct Typing {
    path: String,
    /// The byte behind the change.
    at: usize,
    /// When, in milliseconds.
    when: f64,
}

/// The steps that can be undone and redone.
#[derive(Debug, Default)]
pub struct History {
    undo: Vec<Step>,
    redo: Vec<Step>,
    typing: Option<Typing>,
}

impl History {
    /// What an undo takes back.
    pub fn can_undo(&self) -> Option<StepKind> {
        self.undo.last().map(|step| step.kind)
    }

    /// What a redo does again.
    pub fn can_redo(&self) -> Option<StepKind> {
        self.redo.last().map(|step| step.kind)
    }

    /// Notes the state before a change.
    pub(in crate::state) fn record(&mut self, before: Snapshot, kind: StepKind) {
        self.redo.clear();
        self.typing = None;
        self.undo.push(Step { state: before, kind });
        self.shrink();
    }

    /// Notes the state before a change of one file by typing, unless the typing before goes on with it. `when` is in
    /// milliseconds.
    pub(in crate::state) fn record_typing(
        &mut self,
        before: impl FnOnce() -> Snapshot,
        path: &str,
        change: (&str, &str),
        when: f64,
    ) {
        let (start, removed, inserted) = changed_part(change.0, change.1);
        let goes_on = self.typing.as_ref().is_some_and(|last| {
            last.path == path && when - last.when < PAUSE && (last.at == start || last.at == start + removed)
        });
        if !(goes_on && self.redo.is_empty()) {
            self.record(before(), StepKind::Typing);
        }
        self.typing = Some(Typing { path: path.to_string(), at: start + inserted, when });
    }

    /// Takes the last step back: the state before it. `now` is the present one.
    pub(in crate::state) fn undo(&mut self, now: Snapshot) -> Option<Snapshot> {
        let step = self.undo.pop()?;
        self.typing = None;
        self.redo.push(Step { state: now, kind: step.kind });
        Some(step.state)
    }

    /// Does the step again that was taken back last: the state behind it.
    pub(in crate::state) fn redo(&mut self, now: Snapshot) -> Option<Snapshot> {
        let step = self.redo.pop()?;
        self.typing = None;
        self.undo.push(Step { state: now, kind: step.kind });
        Some(step.state)
    }

    fn shrink(&mut self) {
        let mut bytes = 0;
        let kept = self.undo.iter().rev().take(MAX_STEPS).take_while(|step| {
            bytes += step.state.bytes();
            bytes <= MAX_BYTES
        });
        let more = self.undo.len() - kept.count();
        self.undo.drain(..more);
    }
}

/// The part in which two texts differ: where it begins, its length in the old text, its length in the new one, in bytes.
pub(in crate::state) fn changed_part(old: &str, new: &str) -> (usize, usize, usize) {
    let start = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    let end = (old.len() - start).min(new.len() - start);
    let same = old.bytes().rev().zip(new.bytes().rev()).take(end).take_while(|(a, b)| a == b).count();
    (start, old.len() - same - start, new.len() - same - start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::workspaces::Origin;

    fn state(text: &str) -> Snapshot {
        let json = r#"{"version":1,"engine":"docker-28","builder":"buildkit","dockerfile":"D","files":[]}"#;
        let mut workspace = Workspace::from_json(json).unwrap();
        workspace.write("D", text.into());
        let opened = Opened { id: "start".into(), origin: Origin::Start, name: None, fresh: None };
        Snapshot { opened, workspace: Rc::new(workspace), open_file: "D".into() }
    }

    fn text(snapshot: Option<Snapshot>) -> Option<String> {
        snapshot.and_then(|snapshot| snapshot.workspace.text("D").map(str::to_string))
    }

    /// Types texts one after the other, each with its time.
    fn typed(texts: &[(&str, f64)]) -> History {
        let mut history = History::default();
        for pair in texts.windows(2) {
            history.record_typing(|| state(pair[0].0), "D", (pair[0].0, pair[1].0), pair[1].1);
        }
        history
    }

    #[test]
    fn typing_is_one_step_until_it_pauses_or_goes_on_elsewhere() {
        let mut history = typed(&[("", 0.0), ("a", 1.0), ("ab", 2.0), ("a", 3.0), ("ax", 4.0)]);
        assert_eq!(text(history.undo(state("ax"))), Some(String::new()));
        assert_eq!(text(history.redo(state(""))), Some("ax".into()));
        let mut history = typed(&[("", 0.0), ("a", 1.0), ("ab", 2_000.0), ("_ab", 2_001.0)]);
        assert_eq!(text(history.undo(state("_ab"))), Some("ab".into()));
        assert_eq!(text(history.undo(state("ab"))), Some("a".into()));
        assert_eq!(text(history.undo(state("a"))), Some(String::new()));
        assert_eq!(text(history.undo(state(""))), None);
    }

    #[test]
    fn a_new_change_ends_what_can_be_redone() {
        let mut history = typed(&[("", 0.0), ("a", 1.0)]);
        history.record(state("a"), StepKind::Fix);
        assert_eq!(history.can_undo(), Some(StepKind::Fix));
        assert_eq!(text(history.undo(state("fixed"))), Some("a".into()));
        assert_eq!((history.can_undo(), history.can_redo()), (Some(StepKind::Typing), Some(StepKind::Fix)));
        history.record_typing(|| state("a"), "D", ("a", "ab"), 2.0);
        assert_eq!((history.can_redo(), text(history.undo(state("ab")))), (None, Some("a".into())));
    }

    #[test]
    fn steps_and_bytes_are_bounded() {
        let mut history = History::default();
        for _ in 0..MAX_STEPS + 5 {
            history.record(state("a"), StepKind::Fix);
        }
        assert_eq!(history.undo.len(), MAX_STEPS);
        let large = "x".repeat(MAX_BYTES / 4);
        (0..9).for_each(|_| history.record(state(&large), StepKind::Fix));
        assert_eq!(history.undo.len(), 3);
    }

    #[test]
    fn the_changed_part_of_two_texts_is_found() {
        assert_eq!(changed_part("", "abc"), (0, 0, 3));
        assert_eq!(changed_part("abc", "abc"), (3, 0, 0));
        assert_eq!(changed_part("aXc", "aYYc"), (1, 1, 2));
        assert_eq!(changed_part("aa", "aaa"), (2, 0, 1));
        assert_eq!(changed_part("é", "è"), (1, 1, 1));
    }
}
