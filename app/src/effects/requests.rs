//! What the browser, a server or another site is asked for now and then.

use super::{download, examples, fetch_public_address, picture, server_client, share_link};
use crate::state::{Effect, Msg};
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

/// Carries out such an effect. Of another effect it does nothing.
pub fn perform_request(effect: Effect, dispatch: Callback<Msg>) {
    match effect {
        Effect::FetchExample(name) => examples::fetch_example(name, dispatch),
        Effect::FetchExampleList => examples::fetch_example_list(dispatch),
        Effect::FetchAddress(address) => fetch_public_address::fetch_address(address, dispatch),
        Effect::ReadLink(link) => spawn_local(async move {
            let workspace = share_link::read_link(&link).await.map(Box::new);
            dispatch.emit(Msg::LinkRead(workspace));
        }),
        Effect::SavePicture(format) => picture::save_picture(format, dispatch),
        Effect::DownloadFile(name, bytes) => download::download(&name, &bytes),
        Effect::RealBuild(effect) => server_client::perform(effect, dispatch),
        Effect::MakeShareLink(workspace) => share_link::make_share_link(workspace, dispatch),
        Effect::CopyText(name, text) => share_link::copy_text(name, text, dispatch),
        Effect::ShareNatively(address, title) => share_link::share_natively(&address, &title),
        _ => {}
    }
}
