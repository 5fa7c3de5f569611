//! Scripts that load when they are needed. `www/index.html` lists them as `data-kind="lazy-script"`, and
//! `xtask/src/bundle.mjs` bundles each from the folder of its name in `www`.

use gloo::utils::document;
use js_sys::Promise;
use std::cell::RefCell;
use std::collections::BTreeMap;
use wasm_bindgen_futures::JsFuture;

thread_local! {
    /// The scripts that load or are loaded, by name.
    static SCRIPTS: RefCell<BTreeMap<String, Promise>> = const { RefCell::new(BTreeMap::new()) };
}

/// The address of a script in the content of `<meta name="stageplay-lazy-scripts">`: names and addresses by turns, divided by
/// spaces. `serve --dev` writes none and keeps the names.
fn address(listed: &str, name: &str) -> String {
    let words: Vec<&str> = listed.split_whitespace().collect();
    let pair = words.chunks_exact(2).find(|pair| pair[0] == name);
    pair.map_or_else(|| format!("{name}.js"), |pair| pair[1].to_string())
}

/// Loads a script of the page unless it is loaded, and waits until it has run. `name` is that of its folder in `www`.
///
/// # Errors
/// The address of the script if it could not be loaded. The next call tries again.
pub async fn load_script(name: &str) -> Result<(), String> {
    let meta = document().query_selector("meta[name=stageplay-lazy-scripts]").ok().flatten();
    let listed = meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default();
    let address = address(&listed, name);
    let promise =
        SCRIPTS.with_borrow_mut(|scripts| scripts.entry(name.to_string()).or_insert_with(|| request(&address)).clone());
    JsFuture::from(promise).await.map(|_| ()).map_err(|_| {
        SCRIPTS.with_borrow_mut(|scripts| scripts.remove(name));
        address
    })
}

/// Adds a `<script>` element. The promise is kept when the script has run and broken when it cannot be loaded.
fn request(address: &str) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let added = document().create_element("script").and_then(|script| {
            script.set_attribute("src", address)?;
            script.add_event_listener_with_callback("load", &resolve)?;
            script.add_event_listener_with_callback("error", &reject)?;
            document().body().ok_or(script.clone())?.append_child(&script)
        });
        if let Err(error) = added {
            let _ = reject.call1(&wasm_bindgen::JsValue::NULL, &error);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_script_without_a_listed_address_has_its_name() {
        let listed = "terminal ./terminal-0123.js archive ./archive-4567.js";
        assert_eq!(address(listed, "archive"), "./archive-4567.js");
        assert_eq!(address("", "archive"), "archive.js");
    }
}
