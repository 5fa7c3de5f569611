//! The exercises: whether their column is shown. What is in it is the work of scripts (`www/exercises`), which load when
//! somebody asks for exercises.

/// What the page knows of the exercises.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exercises {
    /// Whether the column shows them in place of a lesson.
    pub is_open: bool,
    /// The workspace to which closing the column goes back from an exercise, by its id.
    pub(super) before: Option<String>,
}

/// What the scripts and the person ask of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExercisesMsg {
    /// Show the exercises.
    Show,
    /// The scripts are loaded: they are shown, unless they were loaded to present the open lesson.
    Loaded,
    /// Close the column; an exercise is left, and the person's own files come back.
    Hide,
    /// Show the open lesson in large type, step by step.
    PresentLesson,
    /// Ask the simulator: a [`stageplay_protocol::ExerciseRequest`] as JSON.
    Ask(String),
    /// Tell the scripts the workspace.
    TellWorkspace,
    /// Say what happened in the exercise while its column is hidden.
    Toast(String),
    /// The scripts could not be loaded: their address.
    NotLoaded(String),
}

/// What the exercises ask of the page's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExercisesEffect {
    /// Load the scripts unless they are there.
    Load,
    /// Tell the scripts something, as JSON.
    Tell(String),
}
