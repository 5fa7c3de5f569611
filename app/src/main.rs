//! Mounts the page in the document.

/// The id of the element that holds the first visit until then.
const ROOT: &str = "app";

fn main() {
    wasm_bindgen_futures::spawn_local(async {
        stageplay_app::view::load_first().await;
        render();
    });
}

fn render() {
    stageplay_app::interop::first_visit::keep();
    match gloo::utils::document().get_element_by_id(ROOT) {
        Some(root) => yew::Renderer::<stageplay_app::view::App>::with_root(root).render(),
        None => yew::Renderer::<stageplay_app::view::App>::new().render(),
    };
}
