//! COPY --from=IMAGE of the root directory: what it takes is as large as the image.

use super::BuildError;
use super::stage_state::StageState;
use super::state::BuildState;
use crate::fs::{Tree, path};
use crate::image::Image;
use crate::measure::{Honesty, Part, Size, Way};
use crate::plan::{self, Source};

/// Records the size of what the tree of an image does not list, if all of the image is copied and its size is known.
///
/// # Errors
/// The image cannot be had.
pub(super) fn weigh(
    state: &mut BuildState,
    stage: &StageState,
    from: &str,
    sources: &[String],
    line: usize,
    tree: &mut Tree,
) -> Result<(), BuildError> {
    if !sources.iter().all(|source| path::join("/", source) == "/") {
        return Ok(());
    }
    let Ok(Source::Image(reference)) = plan::source(state.plan, stage.index, from, line, true) else { return Ok(()) };
    let image = state.image(&reference, line)?;
    // All files of an archive are listed.
    if image.base.is_some()
        && let Some(rest) = rest_of(&image, tree)
    {
        tree.weigh_rest("/", &format!("files of {reference}"), rest);
    }
    Ok(())
}

/// The bytes of an image that are not in the listed files of its tree; `None` if its size is not known.
fn rest_of(image: &Image, tree: &Tree) -> Option<Size> {
    let files = tree.walk("/").filter_map(|(_, node)| node.content()).filter(|content| content.len_known);
    let listed = files.fold(0, |sum: u64, content| sum.saturating_add(content.len));
    let size = image.size();
    let bounds = size.bounds();
    let rest = |bytes: u64| bytes.saturating_sub(listed);
    let why = size.basis().unwrap_or_default().to_string();
    match bounds.high {
        Some(high) if bounds.low < high => {
            let what = image.base.as_ref().map(|facts| facts.reference()).unwrap_or_default();
            let part = Part::new(what, why, Way::ImageArchive).between(rest(bounds.low), rest(high));
            Some(Size::estimated(rest(bounds.best), part))
        }
        _ if size.honesty() == Honesty::Unknown => None,
        _ => Some(Size::modelled(rest(bounds.best), why)),
    }
}
