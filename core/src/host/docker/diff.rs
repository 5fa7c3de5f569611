//! `docker diff`.

use super::{Call, Docker, daemon_error};
use crate::fs::{self, Change, path};
use crate::host::containers::Container;
use crate::shell::Shell;
use std::collections::BTreeMap;

impl Docker {
    pub(super) fn diff(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let name = call.words.operand();
        let store = self.lock();
        let Some(container) = store.container(name).and_then(|number| store.containers.get(&number)) else {
            return daemon_error(shell, &format!("No such container: {name}"));
        };
        for (path, letter) in changes(container) {
            shell.out(format!("{letter} {path}\n"));
        }
        0
    }
}

/// What a container changed in the files of its image: `A` added, `C` changed, `D` deleted. What is below a volume of the
/// image is not a part of the container.
pub(super) fn changes(container: &Container) -> BTreeMap<String, char> {
    let volumes: Vec<String> = container.config.volumes.iter().map(|volume| path::join("/", volume)).collect();
    let mut all = BTreeMap::new();
    for entry in fs::diff(&container.lower, &container.tree) {
        if volumes.iter().any(|volume| path::is_within(&entry.path, volume) && entry.path.as_ref() != volume.as_str()) {
            continue;
        }
        let letter = match entry.change {
            Change::Added => 'A',
            Change::Modified => 'C',
            Change::Removed => 'D',
        };
        all.insert(entry.path.to_string(), letter);
    }
    all
}
