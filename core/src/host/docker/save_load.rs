//! `docker save` and `docker load`.

use super::{Call, Docker, daemon_error, note};
use crate::fs::{Content, path};
use crate::image::{Hasher, Reference, short_id};
use crate::shell::Shell;

impl Docker {
    pub(super) fn save(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let words = &call.words;
        let Some(target) = words.last("output") else {
            // The client refuses a terminal, and what goes through a pipe is an archive.
            if shell.input_is_terminal() {
                shell.err("cowardly refusing to save to a terminal. Use the -o flag or redirect\n");
            }
            note(shell, "save-needs-output", "");
            return 1;
        };
        let mut store = self.lock();
        let mut images = Vec::new();
        for name in &words.operands {
            let Some((reference, image)) = store.local(name) else {
                return daemon_error(shell, &format!("No such image: {name}"));
            };
            images.push((reference, image));
        }
        let mut hasher = Hasher::default().part("archive");
        let mut size = 0_u64;
        for (reference, image) in &images {
            let name = reference.as_ref().map(ToString::to_string).unwrap_or_default();
            hasher = hasher.part(name).part(&image.id);
            size = size.saturating_add(image.size().at_least());
        }
        let digest = hasher.finish();
        let place = path::join(&shell.cwd, target);
        // The tar that an engine writes is as long as the files of the layers with their headers: it is not written here.
        let content = Content::modelled(digest.as_bytes(), size, "the layers of the image");
        let folder = shell.fs.resolve("/", path::parent(&place), true);
        let written = folder.map(|folder| path::join(&folder, path::file_name(&place)));
        match written.and_then(|place| shell.fs.write(&place, content, 0o600, 0, 0)) {
            Ok(()) => {
                store.archives.insert(digest, images);
                0
            }
            Err(_) => {
                shell.err(format!(
                    "failed to save image: invalid output path: directory \"{}\" does not exist\n",
                    path::parent(&place)
                ));
                1
            }
        }
    }

    pub(super) fn load(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let bytes = match call.words.last("input") {
            Some(file) => match shell.fs.stat(&shell.cwd, file).ok().map(|(_, node)| node.content().cloned()) {
                Some(Some(content)) => content.head().to_vec(),
                Some(None) => return daemon_error(shell, &format!("read {file}: is a directory")),
                None => {
                    shell.err(format!("open {file}: no such file or directory\n"));
                    return 1;
                }
            },
            None if shell.input_is_terminal() => {
                shell.err("requested load from stdin, but stdin is empty\n");
                return 1;
            }
            None => shell.take_input(),
        };
        let mut store = self.lock();
        let digest = String::from_utf8_lossy(&bytes).into_owned();
        let Some(images) = store.archives.get(&digest).cloned() else {
            note(shell, "archive-not-read", "");
            return 1;
        };
        for (reference, image) in images {
            let line = match &reference {
                Some(reference) => format!("Loaded image: {reference}\n"),
                None => format!("Loaded image ID: {}\n", image.id),
            };
            if !call.words.has("quiet") || reference.is_some() {
                shell.out(line);
            }
            let untagged =
                Reference { repository: "<none>".into(), tag: short_id(&image.id).to_string(), digest: None };
            store.tag(reference.unwrap_or(untagged), image);
        }
        0
    }
}
