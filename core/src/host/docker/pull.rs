//! `docker pull`.

use super::{Call, Docker, daemon_error, not_loaded};
use crate::host::store::NoImage;
use crate::image::{Image, Reference, short_id};
use crate::shell::{Gap, Shell};

impl Docker {
    pub(super) fn pull(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let words = &call.words;
        let name = words.operand();
        let mut store = self.lock();
        let major = store.engine.major();
        match store.image(name) {
            Ok((image, pulled)) => {
                // A text that names an image, and no prefix of an id.
                let Ok(reference) = Reference::parse(name) else { return 0 };
                let quiet = words.has("quiet");
                if reference.tag == "latest" && !name.ends_with(":latest") && !quiet {
                    shell.out("Using default tag: latest\n");
                }
                if !quiet {
                    shell.out(pull_output(&reference, &image, pulled));
                }
                // The client prints the full name since 19.03 (docker/cli, `image/pull.go`).
                if major >= 19 || quiet {
                    shell.out(format!("{}\n", reference.exact()));
                }
                note_unknown(shell, &reference, &image);
                0
            }
            Err(NoImage::Refused(error)) => daemon_error(shell, &error),
            Err(NoImage::NotLoaded(data)) => {
                not_loaded(shell, data);
                1
            }
        }
    }
}

/// Notes that an image of which nothing is known is taken to be there.
pub(super) fn note_unknown(shell: &mut Shell, reference: &Reference, image: &Image) {
    if image.base.as_ref().is_some_and(|facts| facts.is_unknown()) {
        shell.gaps.push(Gap { code: "pulled-image-not-known", what: reference.to_string() });
    }
}

/// The output of a pull; the digest is left out, as the digests of images are not known.
pub(super) fn pull_output(reference: &Reference, image: &Image, pulled: bool) -> String {
    let full = reference.canonical();
    let path = full.split_once('/').map_or(full.as_str(), |(_, path)| path);
    let path = path.rsplit_once(':').map_or(path, |(path, _)| path);
    let mut text = format!("{}: Pulling from {path}\n", reference.tag);
    if !pulled {
        return text + &format!("Status: Image is up to date for {reference}\n");
    }
    for layer in &image.layers {
        text.push_str(&format!("{}: Pull complete\n", short_id(&layer.diff_id)));
    }
    text + &format!("Status: Downloaded newer image for {reference}\n")
}
