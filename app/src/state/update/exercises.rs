//! The exercises: their column, and what their scripts ask.

use crate::state::effect::Effect;
use crate::state::exercises::{ExercisesEffect, ExercisesMsg};
use crate::state::message::Msg;
use crate::state::model::Model;
use crate::state::panel::Panel;
use crate::state::panel_layout::FoldablePanel;
use crate::state::toast::Toast;
use crate::state::workspaces::Origin;
use serde_json::json;
use stageplay_protocol::{LessonBlock, Request, is_exercise};

impl Model {
    pub(super) fn update_exercises(&mut self, msg: ExercisesMsg) -> Vec<Effect> {
        match msg {
            ExercisesMsg::Show => {
                self.exercises.is_open = true;
                (self.panel, self.toast) = (Panel::Lesson, None);
                let mut effects = vec![Effect::Exercises(ExercisesEffect::Load)];
                if self.panel_layout.is_folded(FoldablePanel::Lesson) {
                    effects.extend(self.fold_panel(FoldablePanel::Lesson, false));
                }
                effects
            }
            // The lesson that is presented stays.
            ExercisesMsg::Loaded if self.lesson.is_some() && !self.exercises.is_open => Vec::new(),
            ExercisesMsg::Loaded => self.update_exercises(ExercisesMsg::Show),
            ExercisesMsg::Hide => {
                self.exercises.is_open = false;
                self.panel = Panel::Editor;
                let is_inside = self.workspace.lesson.as_deref().is_some_and(is_exercise);
                if !is_inside {
                    return Vec::new();
                }
                let start = || Origin::Start.id().unwrap_or_default();
                let before = self.exercises.before.take().unwrap_or_else(start);
                self.open_by_id(before)
            }
            ExercisesMsg::PresentLesson => {
                // The lesson shows names: the texts are in the editor, where they may be changed already.
                let blocks = self.lesson.iter().flat_map(|lesson| &lesson.blocks);
                let files: Vec<(&String, &String)> = blocks
                    .filter_map(|block| match block {
                        LessonBlock::File(name, text) => Some((name, text)),
                        _ => None,
                    })
                    .collect();
                self.tell_exercises(json!({ "present-lesson": files }).to_string())
            }
            ExercisesMsg::Toast(text) => {
                let show = ("exercise.show", Msg::Exercises(ExercisesMsg::Show));
                self.show_toast(Toast { text, code: String::new(), actions: vec![show] })
            }
            ExercisesMsg::Ask(request) => self.ask(Request::Exercise(request)),
            ExercisesMsg::TellWorkspace => {
                let workspace = serde_json::to_value(&self.workspace).unwrap_or_default();
                self.tell_exercises(json!({ "workspace": workspace }).to_string())
            }
            ExercisesMsg::NotLoaded(address) => {
                self.exercises.is_open = false;
                self.notice = Some(address);
                Vec::new()
            }
        }
    }

    /// Opens a lesson or an exercise by its slug, in a workspace of its own.
    pub(super) fn open_lesson_or_exercise(&mut self, slug: &str) -> Vec<Effect> {
        if !is_exercise(slug) {
            return self.open_by_id(format!("lesson/{slug}"));
        }
        self.exercises.is_open = true;
        if !matches!(self.library.opened.origin, Origin::Exercise(_)) {
            self.exercises.before = Some(self.library.opened.id.clone());
        }
        self.open_by_id(format!("exercise/{slug}"))
    }

    /// Follows a workspace that is opened: an exercise shows its column, and a lesson closes it.
    pub(in crate::state) fn follow_exercise(&mut self) -> Vec<Effect> {
        let slug = self.workspace.lesson.as_deref();
        if slug.is_some_and(is_exercise) {
            self.exercises.is_open = true;
            return vec![Effect::Exercises(ExercisesEffect::Load)];
        }
        self.exercises.is_open &= slug.is_none();
        if self.exercises.is_open { self.tell_exercises("\"closed\"".into()) } else { Vec::new() }
    }

    /// Tells the scripts something, which are loaded for it.
    pub(super) fn tell_exercises(&mut self, json: String) -> Vec<Effect> {
        [ExercisesEffect::Load, ExercisesEffect::Tell(json)].map(Effect::Exercises).into()
    }
}
