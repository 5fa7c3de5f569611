//! Mounts the page.

fn main() {
    yew::Renderer::<stageplay_app::view::App>::new().render();
}
