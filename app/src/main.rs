//! Mounts the page in the document.

fn main() {
    yew::Renderer::<stageplay_app::view::App>::new().render();
}
