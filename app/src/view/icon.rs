//! The icons of the page, drawn in lines on a square of 24 units.

use yew::prelude::*;

/// An icon by its name; empty for an unknown name. It has no name of its own for screen readers.
pub(super) fn icon(name: &str) -> Html {
    let path = match name {
        "bin" => "M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7M10.5 11v5M13.5 11v5",
        "check" => "M5 12.5l4.5 4.5L19 7.5",
        "chevron-down" => "M6 9.5l6 6 6-6",
        "chevron-left" => "M14.5 6l-6 6 6 6",
        "chevron-right" => "M9.5 6l6 6-6 6",
        "chevron-up" => "M6 14.5l6-6 6 6",
        "commands" => "M4 5h16v14H4zM8 10l3 2.5L8 15M13 15h4",
        "close" | "cross" => "M6.5 6.5l11 11M17.5 6.5l-11 11",
        "copy" => "M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9",
        "collapse" => "M20 10h-6V4M4 14h6v6M14 10l6.5-6.5M10 14l-6.5 6.5",
        "expand" => "M14 4.5h5.5V10M10 19.5H4.5V14M19.5 4.5l-6 6M4.5 19.5l6-6",
        "search" => "M10.5 4.5a6 6 0 1 0 0 12a6 6 0 0 0 0-12M15 15l5 5",
        "files" => "M3.5 6.5h6l2 2.5h9v10h-17z",
        "menu" => "M4 7h16M4 12h16M4 17h16",
        "question" => "M9 9.5a3.2 3.2 0 1 1 4.8 2.6c-1.2.7-1.8 1.3-1.8 2.6M12 18v.2",
        "more" => "M6 12h.01M12 12h.01M18 12h.01",
        "pencil" => "M5 19l1-4L16.5 4.5l3 3L9 18z",
        "plus" => "M12 5.5v13M5.5 12h13",
        "pause" => "M8.5 5v14M15.5 5v14",
        "play" => "M7.5 4.5l12 7.5-12 7.5z",
        "redo" => "M16 5l4.5 4.5L16 14M20 9.5H9a5 5 0 0 0 0 10h5",
        "skip-back" => "M18.5 5l-10 7 10 7zM5.5 5v14",
        "start-over" => "M4.5 4.5v5h5M5 9.5a7.5 7.5 0 1 1-.5 4.5",
        "share" => "M12 14.5V4M8 7.5L12 3.5l4 4M6 11v9h12v-9",
        "theme" => {
            "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17zM12 3.5v17M12 8.5l5.5-2.5M12 12.5l8-3.5M12 16.5l8-3.5"
        }
        "upload" => "M12 16V5M7.5 9L12 4.5L16.5 9M5 19.5h14",
        "undo" => "M8 5L3.5 9.5L8 14M4 9.5h11a5 5 0 0 1 0 10h-5",
        _ => "",
    };
    html! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={path} /></svg> }
}
