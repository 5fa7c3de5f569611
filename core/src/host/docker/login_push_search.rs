//! `docker login`, `logout`, `push` and `search`, which would ask a registry.

use super::{Call, Docker, note};
use crate::image::Reference;
use crate::shell::Shell;

impl Docker {
    pub(super) fn registry(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        if call.spec.id() == "push" {
            let name = call.words.operand();
            let reference = match Reference::parse(name) {
                Ok(reference) => reference,
                Err(error) => {
                    shell.err(format!("{error}\n"));
                    return 1;
                }
            };
            let store = self.lock();
            let full = reference.canonical();
            let repository = full.rsplit_once(':').map_or(full.as_str(), |(repository, _)| repository);
            if !call.words.has("quiet") {
                if reference.tag == "latest" && !name.ends_with(":latest") {
                    shell.out("Using default tag: latest\n");
                }
                shell.out(format!("The push refers to repository [{repository}]\n"));
            }
            if store.local(name).is_none() {
                shell.err(format!("An image does not exist locally with the tag: {}\n", reference.repository));
                return 1;
            }
        }
        note(shell, "no-registry", format!("docker {}", call.called));
        1
    }
}
