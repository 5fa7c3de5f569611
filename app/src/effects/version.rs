//! The version of the page, and a newer one that the service worker loaded: `www/start.mjs` registers it.

use crate::state::Msg;
use gloo::events::EventListener;
use gloo::utils::{document, window};
use yew::Callback;

/// The event of the window that says that a newer version can take over.
const IS_LOADED: &str = "stageplay-new-version";
/// The event of the window that asks it to.
const USE: &str = "stageplay-use-new-version";

/// The version of the loaded page; empty if the page does not say it.
pub fn version() -> String {
    let meta = document().query_selector("meta[name=stageplay-version]").ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

/// Tells the page when a newer version is loaded.
pub fn watch_for_new_version(dispatch: Callback<Msg>) {
    EventListener::new(&window(), IS_LOADED, move |_| dispatch.emit(Msg::NewVersionLoaded)).forget();
}

/// Lets the newer version take over, which loads the page again.
pub fn use_new_version() {
    if let Ok(event) = web_sys::Event::new(USE) {
        let _ = window().dispatch_event(&event);
    }
}
