//! `docker tag`.

use super::run_create::with_tag;
use super::{Call, Docker, daemon_error};
use crate::image::Reference;
use crate::shell::Shell;

impl Docker {
    pub(super) fn tag(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let [source, target] = call.words.operands.as_slice() else { return 1 };
        let mut store = self.lock();
        let reference = match Reference::parse(target) {
            Ok(reference) => reference,
            Err(error) => {
                shell.err(format!("Error parsing reference: \"{target}\" is not a valid repository/tag: {error}\n"));
                return 1;
            }
        };
        let Some((_, image)) = store.local(source) else {
            return daemon_error(shell, &format!("No such image: {}", with_tag(source)));
        };
        // An image without a name is no longer listed as such.
        store.tags.retain(|(tag, other)| tag.repository != "<none>" || other.id != image.id);
        store.tag(reference, image);
        0
    }
}
