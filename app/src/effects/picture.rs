//! The stage graph as a picture. `www/picture` draws it.

use crate::interop::lazy_script::load_script;
use crate::state::{Msg, PictureFormat};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::Callback;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = stageplaySavePicture)]
    fn save(id: &str, name: &str, format: &str) -> Promise;
}

/// Saves the stage graph as a picture. A failure is shown as a notice.
pub fn save_picture(format: PictureFormat, dispatch: Callback<Msg>) {
    let format = match format {
        PictureFormat::Svg => "svg",
        PictureFormat::Png => "png",
    };
    spawn_local(async move {
        let saved = match load_script("picture").await {
            Ok(()) => JsFuture::from(save("stage-graph", "stages", format)).await.map_err(|error| format!("{error:?}")),
            Err(address) => Err(address),
        };
        if let Err(problem) = saved {
            dispatch.emit(Msg::ShowNotice(problem));
        }
    });
}
