//! Share links: the whole workspace in the fragment of the page's address (docs/formats/share-link.md).

use crate::interop::deflate::{deflate, inflate};
use crate::state::Msg;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gloo::utils::window;
use js_sys::{Reflect, Uint8Array};
use stageplay_protocol::{MAX_JSON, MAX_LINK, Workspace};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::ShareData;
use yew::Callback;

/// The beginning of the fragment.
const FRAGMENT: &str = "w=";
/// What stands in front of a compressed workspace. A later form has another number.
const COMPRESSED: &str = "2.";

/// The part of a fragment behind `#w=`; `None` if the fragment is no share link.
pub fn link_of(fragment: &str) -> Option<&str> {
    fragment.strip_prefix('#')?.strip_prefix(FRAGMENT)
}

/// The form of a link.
#[derive(Debug, PartialEq, Eq)]
enum Form {
    Json(String),
    Compressed(Vec<u8>),
}

fn decode(link: &str) -> Result<Form, String> {
    if link.len() > MAX_LINK {
        return Err(format!("larger than {MAX_LINK} characters"));
    }
    let (is_compressed, text) = match (link.strip_prefix(COMPRESSED), link.split_once('.')) {
        (Some(text), _) => (true, text),
        (None, Some((form, _))) if !form.is_empty() && form.chars().all(|c| c.is_ascii_digit()) => {
            return Err(format!("made by a newer version of Stageplay (form {form})"));
        }
        (None, _) => (false, link),
    };
    let text = text.trim_end_matches('=');
    let bytes =
        URL_SAFE_NO_PAD.decode(text).map_err(|_| "it is not base64url: some of it may be missing".to_string())?;
    if is_compressed {
        return Ok(Form::Compressed(bytes));
    }
    String::from_utf8(bytes).map(Form::Json).map_err(|_| "its text is not UTF-8".to_string())
}

/// Reads a link.
///
/// # Errors
/// What is wrong with it.
pub async fn read_link(link: &str) -> Result<Workspace, String> {
    let json = match decode(link)? {
        Form::Json(json) => json,
        Form::Compressed(bytes) => {
            let unpacked = inflate(&Uint8Array::from(bytes.as_slice()), MAX_JSON).await;
            let bytes = unpacked.map_err(|_| "it is damaged: some of it may be missing".to_string())?;
            String::from_utf8(bytes.to_vec()).map_err(|_| "its text is not UTF-8".to_string())?
        }
    };
    Workspace::from_json(&json)
}

/// The address of the page with a workspace, JSON, in its fragment: compressed if the browser can.
async fn make_link(json: &str) -> Result<String, String> {
    let link = match deflate(json).await {
        Ok(bytes) => format!("{COMPRESSED}{}", URL_SAFE_NO_PAD.encode(bytes.to_vec())),
        Err(_) => URL_SAFE_NO_PAD.encode(json),
    };
    if link.len() > MAX_LINK {
        return Err(format!("larger than {MAX_LINK} characters"));
    }
    let location = window().location();
    let (origin, path) = (location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    Ok(format!("{origin}{path}#{FRAGMENT}{link}"))
}

/// Makes the share link of a workspace, JSON, and tells the page.
pub fn make_share_link(json: String, dispatch: Callback<Msg>) {
    spawn_local(async move { dispatch.emit(Msg::ShareLinkMade(make_link(&json).await)) });
}

/// Copies a text to the clipboard and tells the page whether the browser let it.
pub fn copy_text(name: &'static str, text: String, dispatch: Callback<Msg>) {
    spawn_local(async move {
        // Without a secure context there is no clipboard.
        let has_clipboard =
            Reflect::get(&window().navigator(), &"clipboard".into()).is_ok_and(|value| value.is_object());
        let is_copied =
            has_clipboard && JsFuture::from(window().navigator().clipboard().write_text(&text)).await.is_ok();
        dispatch.emit(Msg::Copied(name, is_copied));
    });
}

/// Whether the system has a share sheet for pages.
pub fn has_share_sheet() -> bool {
    Reflect::get(&window().navigator(), &"share".into()).is_ok_and(|share| share.is_function())
}

/// Hands an address to the system's share sheet.
pub fn share_natively(address: &str, title: &str) {
    let data = ShareData::new();
    data.set_url(address);
    data.set_title(title);
    let shared = window().navigator().share_with_data(&data);
    // The person may close the sheet.
    spawn_local(async move {
        let _ = JsFuture::from(shared).await;
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_links_are_read_and_newer_ones_are_told_from_damaged_ones() {
        let json = r#"{"version":1}"#;
        let link = URL_SAFE_NO_PAD.encode(json);
        assert_eq!(link_of(&format!("#w={link}")), Some(link.as_str()));
        assert_eq!(decode(&link), Ok(Form::Json(json.into())));
        assert_eq!(decode("2.AAAA"), Ok(Form::Compressed(vec![0, 0, 0])));
        assert!(decode("3.AAAA").unwrap_err().contains("newer"));
        for damaged in ["%%%", "a.b", ".", "2.%"] {
            assert!(decode(damaged).unwrap_err().contains("missing"), "{damaged}");
        }
        assert!(decode(&"A".repeat(MAX_LINK + 1)).unwrap_err().contains("larger"));
        assert!(link_of("#lesson=a").is_none());
    }
}
