//! The address of the page: what its fragment and its query ask for, when the page begins and while it is open, and when
//! it is tidied.

use super::share_link::link_of;
use super::workspace_storage::opened_workspace;
use crate::state::{ExercisesMsg, Msg, Prefill, parse_prefill};
use gloo::events::EventListener;
use gloo::utils::{document, window};
use stageplay_protocol::PACKS;
use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;
use yew::Callback;

/// The fragments of addresses that show exercises, or what teachers need.
const EXERCISES: [&str; 3] = ["#exercises", "#author", "#grade"];

/// What the page shows first.
#[derive(Debug)]
pub enum InitialWorkspace {
    /// The workspace of a share link.
    Link(String),
    /// Files or an address that the query names; or what is wrong with it.
    Prefill(Result<Prefill, String>),
    /// The workspace with this id.
    Id(String),
    /// The example files.
    Example,
}

/// What the fragment of the address names.
fn named_by_fragment() -> Option<InitialWorkspace> {
    let fragment = window().location().hash().unwrap_or_default();
    if let Some(link) = link_of(&fragment) {
        return Some(InitialWorkspace::Link(link.to_string()));
    }
    let named = |name: &str| fragment.strip_prefix(&format!("#{name}=")).map(|slug| format!("{name}/{slug}"));
    let exercise = fragment.strip_prefix("#exercise=").map(|path| format!("exercise/{PACKS}{path}"));
    named("lesson").or_else(|| named("example")).or(exercise).map(InitialWorkspace::Id)
}

/// Whether the page is a unit of a learning platform: its address has the query `?lms=`.
pub fn is_in_platform() -> bool {
    window().location().search().unwrap_or_default().starts_with("?lms=")
}

/// Whether the address asks for the exercises. Their scripts read the rest of it.
pub fn shows_exercises() -> bool {
    let location = window().location();
    let fragment = location.hash().unwrap_or_default();
    EXERCISES.contains(&fragment.as_str())
        || location.search().unwrap_or_default().starts_with("?pack=")
        || is_in_platform()
}

/// Whether the HTML shows what the page shows first: nobody's own files. `www/before_first_paint/visit.mjs` finds that out.
pub fn shows_first_visit() -> bool {
    document().document_element().is_none_or(|root| !root.has_attribute("data-visit"))
}

/// Reads the address of the page, and the browser's storage if the address names nothing.
pub fn initial_workspace() -> InitialWorkspace {
    if is_in_platform() {
        return InitialWorkspace::Example;
    }
    if let Some(named) = named_by_fragment() {
        return named;
    }
    let query = window().location().search().unwrap_or_default();
    if let Ok(params) = UrlSearchParams::new_with_str(&query) {
        let value = |name: &str| Some((name.to_string(), params.get(name)?));
        let pairs: Vec<_> = ["url", "dockerfile", "files"].into_iter().filter_map(value).collect();
        if let Some(prefill) = parse_prefill(&pairs) {
            return InitialWorkspace::Prefill(prefill);
        }
    }
    opened_workspace().map_or(InitialWorkspace::Example, InitialWorkspace::Id)
}

/// A link that is opened in the page itself, or typed behind its address, changes only its fragment.
pub fn watch_fragment(dispatch: Callback<Msg>) {
    EventListener::new(&window(), "hashchange", move |_| match named_by_fragment() {
        Some(InitialWorkspace::Link(link)) => dispatch.emit(Msg::OpenLink(link)),
        Some(InitialWorkspace::Id(id)) => dispatch.emit(Msg::OpenWorkspace(id)),
        _ if shows_exercises() => dispatch.emit(Msg::Exercises(ExercisesMsg::Show)),
        _ => {}
    })
    .forget();
}

/// Takes the fragment and the query out of the address bar, if they brought files.
pub fn clear_address() {
    let location = window().location();
    let fragment = location.hash().unwrap_or_default();
    let query = location.search().unwrap_or_default();
    let brings_files = link_of(&fragment).is_some()
        || fragment.starts_with("#lesson=")
        || ["dockerfile=", "files=", "url="].iter().any(|name| query.contains(name));
    if brings_files && let Ok(history) = window().history() {
        let path = location.pathname().unwrap_or_default();
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
}
