//! Language and theme: kept in the browser's storage, applied to the document.

use super::browser_storage::{read, write};
use crate::state::Theme;
use gloo::utils::{document, window};
use stageplay_report::words::Language;

/// The key in the browser's storage. The value is a language tag and a theme, separated by a space.
const KEY: &str = "stageplay.settings";

/// The key of the commands and the settings of the terminal. The value is JSON.
const TERMINAL_KEY: &str = "stageplay.terminal";

/// What was kept about the terminal; empty if nothing was.
pub fn load_terminal() -> String {
    read(TERMINAL_KEY)
}

/// Keeps commands and settings of the terminal.
pub fn save_terminal(json: &str) {
    let _ = write(TERMINAL_KEY, json);
}

/// Language and theme as they were saved; else the browser's language and the system's theme.
pub fn load_settings() -> (Language, Theme) {
    let saved = read(KEY);
    let mut words = saved.split(' ');
    let language = words
        .next()
        .filter(|tag| !tag.is_empty())
        .map(Language::from_tag)
        .unwrap_or_else(|| Language::from_tag(&window().navigator().language().unwrap_or_default()));
    (language, Theme::parse(words.next().unwrap_or_default()))
}

/// Whether the window is too narrow for a graph from left to right.
pub fn is_narrow() -> bool {
    window().match_media("(max-width: 600px)").ok().flatten().is_some_and(|query| query.matches())
}

/// Whether the page is used with a finger.
pub fn is_touched() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|query| query.matches())
}

/// Saves language and theme, and applies them to the document.
pub fn save_settings(language: Language, theme: Theme) {
    let _ = write(KEY, &format!("{} {}", language.tag(), theme.as_str()));
    apply_settings(language, theme);
}

/// Applies language and theme to the document: its `lang` and `data-theme` attributes.
pub fn apply_settings(language: Language, theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language.tag());
        let _ = match theme {
            Theme::System => root.remove_attribute("data-theme"),
            Theme::Dark | Theme::Light => root.set_attribute("data-theme", theme.as_str()),
        };
    }
}
