//! The dialogs above the page, at most one of which is open. The command palette is none of them: what is typed at once
//! after its key is meant for it.

use super::view_context::ViewContext;
use super::{files, home, share};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    html! {
        <>
            { home::view(cx) }
            { share::view(cx) }
            { files::dialog(cx) }
        </>
    }
}
