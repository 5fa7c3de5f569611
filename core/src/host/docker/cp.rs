//! `docker cp`.

use super::command_line::CommandLine;
use super::{Docker, daemon_error, usage};
use crate::fs::{self, CopyOptions, Rename, Tree, path};
use crate::shell::{Gap, Shell};

impl Docker {
    pub(super) fn cp(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match CommandLine::parse(argv, &["a", "archive", "L", "q", "quiet"], &[], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "cp", &error),
        };
        let [source, target] = words.operands.as_slice() else {
            return usage(shell, "cp", "\"docker cp\" requires exactly 2 arguments.");
        };
        let side = |word: &str| {
            word.split_once(':')
                .filter(|(name, _)| !name.contains('/') && !name.is_empty())
                .map(|(a, b)| (a.to_string(), b.to_string()))
        };
        let mut store = self.lock();
        let (name, inside, outside, into_container) = match (side(source), side(target)) {
            (Some((name, inside)), None) => (name, inside, target.clone(), false),
            (None, Some((name, inside))) => (name, inside, source.clone(), true),
            (Some(_), Some(_)) => {
                return usage(shell, "cp", "copying between containers is not supported");
            }
            (None, None) => {
                return usage(shell, "cp", "must specify at least one container source");
            }
        };
        let Some(container) = store.container(&name).and_then(|number| store.containers.get_mut(&number)) else {
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
                shell.err(format!("Error: No such container:path: {name}:{missing}\n"));
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
