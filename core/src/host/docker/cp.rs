//! `docker cp`.

use super::{Call, Docker, daemon_error, note};
use crate::fs::{self, CopyOptions, Rename, Tree, path};
use crate::shell::{Gap, Shell};

impl Docker {
    pub(super) fn cp(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let [source, target] = call.words.operands.as_slice() else { return 1 };
        if source == "-" || target == "-" {
            note(shell, "docker-option-ignored", "docker cp -");
            return 1;
        }
        let side = |word: &str| {
            word.split_once(':')
                .filter(|(name, _)| !name.contains('/') && !name.is_empty())
                .map(|(a, b)| (a.to_string(), b.to_string()))
        };
        let mut store = self.lock();
        let major = store.engine.major();
        let (name, inside, outside, into_container) = match (side(source), side(target)) {
            (Some((name, inside)), None) => (name, inside, target.clone(), false),
            (None, Some((name, inside))) => (name, inside, source.clone(), true),
            (Some(_), Some(_)) => {
                shell.err("copying between containers is not supported\n");
                return 1;
            }
            (None, None) => {
                shell.err("must specify at least one container source\n");
                return 1;
            }
        };
        let Some(container) = store.container(&name).and_then(|number| store.containers.get_mut(&number)) else {
            if major < 23 {
                shell.err(format!("Error: No such container:path: {name}:{inside}\n"));
                return 1;
            }
            return daemon_error(shell, &format!("No such container: {name}"));
        };
        let options = CopyOptions { preserve_owner: !into_container, ..CopyOptions::default() };
        let inside = path::join("/", &inside);
        let copied = if into_container {
            let from = path::join(&shell.cwd, &outside);
            copy_like_cp(&shell.fs, &from, &mut container.tree, &inside, outside.ends_with("/."), options)
        } else {
            let to = path::join(&shell.cwd, &outside);
            let missing = container.tree.stat("/", &inside).is_err();
            if missing && container.tree.may_hide("/", &inside) {
                shell.gaps.push(Gap { code: "unlisted-file", what: inside });
                return 0;
            }
            copy_like_cp(&container.tree, &inside, &mut shell.fs, &to, inside.ends_with("/."), options)
        };
        match copied {
            Ok(()) => 0,
            Err(missing) if into_container => {
                shell.err(format!("lstat {missing}: no such file or directory\n"));
                1
            }
            Err(missing) => {
                match major {
                    0..23 => shell.err(format!("Error: No such container:path: {name}:{missing}\n")),
                    _ => drop(daemon_error(shell, &format!("Could not find the file {missing} in container {name}"))),
                }
                1
            }
        }
    }
}

/// `docker cp`: a directory goes into a directory that exists, as with `cp -r`.
fn copy_like_cp(
    from: &Tree,
    source: &str,
    to: &mut Tree,
    target: &str,
    contents: bool,
    options: CopyOptions,
) -> Result<(), String> {
    let (real, node) = from.stat("/", source).map_err(|_| source.to_string())?;
    let target_is_dir = to.stat("/", target).is_ok_and(|(_, node)| node.is_dir());
    let place = if node.is_dir() && target_is_dir && !contents {
        path::join(target, path::file_name(&real))
    } else {
        target.to_string()
    };
    if to.stat("/", path::parent(&place)).is_err() {
        return Err(path::parent(&place).to_string());
    }
    fs::copy_tree(from, &source.into(), to, &place, Rename::To, options).map(|_| ()).map_err(|_| place)
}
