//! Share links: the whole workspace in the fragment of the page's address, `#w=…`.

use crate::state::Msg;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gloo::utils::window;
use stageplay_protocol::{MAX_LINK, Workspace};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::Callback;

/// The workspace of a fragment (`#w=…`); `None` if the fragment is no share link.
pub fn parse_share_link(fragment: &str) -> Option<Result<Workspace, String>> {
    let link = fragment.strip_prefix("#w=")?;
    Some(parse(link))
}

fn parse(link: &str) -> Result<Workspace, String> {
    if link.len() > MAX_LINK {
        return Err(format!("larger than {MAX_LINK} characters"));
    }
    let bytes =
        URL_SAFE_NO_PAD.decode(link).map_err(|_| "it is not base64url: some of it may be missing".to_string())?;
    Workspace::from_json(&String::from_utf8(bytes).map_err(|_| "its text is not UTF-8".to_string())?)
}

/// Puts a share link with a workspace, JSON, into the address bar and copies the address to the clipboard. Shows the
/// notice `copied`, or `not_copied` if the browser refuses the clipboard.
pub fn copy_share_link(workspace: &str, dispatch: Callback<Msg>, copied: String, not_copied: String) {
    let location = window().location();
    let _ = location.set_hash(&format!("w={}", URL_SAFE_NO_PAD.encode(workspace)));
    let address = location.href().unwrap_or_default();
    spawn_local(async move {
        let result = JsFuture::from(window().navigator().clipboard().write_text(&address)).await;
        dispatch.emit(Msg::ShowNotice(if result.is_ok() { copied } else { not_copied }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_brings_its_workspace_and_a_damaged_one_says_what_is_wrong() {
        let json = r#"{"version":1,"engine":"docker-28","builder":"buildkit","dockerfile":"D","files":[]}"#;
        let link = format!("#w={}", URL_SAFE_NO_PAD.encode(json));
        assert_eq!(parse_share_link(&link).unwrap().unwrap().to_json(), json);
        for damaged in ["#w=%%%", "#w=AAAA", &link[..link.len() - 9]] {
            assert!(parse_share_link(damaged).unwrap().is_err(), "{damaged}");
        }
        assert!(parse_share_link("#lesson=a").is_none());
    }
}
