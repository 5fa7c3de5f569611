//! Share links: the whole workspace in the fragment of the page's address, `#w=…`.

use crate::state::Msg;
use gloo::utils::window;
use stageplay_core::workspace::Workspace;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::Callback;

/// The workspace of a fragment (`#w=…`); `None` if the fragment is no share link.
pub fn parse_share_link(fragment: &str) -> Option<Result<Workspace, String>> {
    let link = fragment.strip_prefix("#w=")?;
    Some(Workspace::from_link(link).map_err(|error| error.to_string()))
}

/// Puts a share link into the address bar and copies the address to the clipboard. Shows the notice `copied`, or
/// `not_copied` if the browser refuses the clipboard.
pub fn copy_share_link(link: &str, dispatch: Callback<Msg>, copied: String, not_copied: String) {
    let location = window().location();
    let _ = location.set_hash(&format!("w={link}"));
    let address = location.href().unwrap_or_default();
    spawn_local(async move {
        let result = JsFuture::from(window().navigator().clipboard().write_text(&address)).await;
        dispatch.emit(Msg::ShowNotice(if result.is_ok() { copied } else { not_copied }));
    });
}
