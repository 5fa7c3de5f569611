//! What the text of a Dockerfile alone tells. It is a piece of the page's program, which is loaded soon after the first screen.

use super::checks::{Check, check};
use super::language_service::{Answer, answer};
use super::workspaces::base_of;
use stageplay_report::words::Language;
#[cfg(feature = "split")]
use std::cell::Cell;

/// The functions of the piece.
#[derive(Clone, Copy, Debug)]
pub struct DockerfileLanguage {
    /// The findings of BuildKit's checks: the text of the Dockerfile, that of `.dockerignore`.
    pub(super) check: fn(&str, Option<&str>) -> Vec<Check>,
    /// Answers a question of the editor: the question as JSON, the language of the page.
    pub answer: fn(&str, Language) -> Answer,
    /// The reference of the last FROM.
    base_of: fn(&str) -> Option<String>,
    /// Checks a Dockerfile as `stageplay lint --format json` does.
    pub lint: fn(&str) -> String,
}

impl DockerfileLanguage {
    /// All of it.
    pub fn whole(lint: fn(&str) -> String) -> DockerfileLanguage {
        DockerfileLanguage { check, answer, base_of, lint }
    }
}

/// The reference of the last FROM of a Dockerfile, which tells one from another in a list; `None` before the piece is loaded.
pub fn known_base_of(dockerfile: &str) -> Option<String> {
    (dockerfile_language()?.base_of)(dockerfile)
}

#[cfg(feature = "split")]
thread_local! {
    static LOADED: Cell<Option<DockerfileLanguage>> = const { Cell::new(None) };
}

/// The piece, if it is loaded.
#[cfg(feature = "split")]
pub fn dockerfile_language() -> Option<DockerfileLanguage> {
    LOADED.get()
}

/// Keeps the piece, which is loaded.
#[cfg(feature = "split")]
pub fn keep_dockerfile_language(language: DockerfileLanguage) {
    LOADED.set(Some(language));
}

/// The piece, which is a part of this program.
#[cfg(not(feature = "split"))]
pub fn dockerfile_language() -> Option<DockerfileLanguage> {
    Some(DockerfileLanguage::whole(|_| String::new()))
}

/// Keeps nothing: the piece is a part of this program.
#[cfg(not(feature = "split"))]
pub fn keep_dockerfile_language(_: DockerfileLanguage) {}
