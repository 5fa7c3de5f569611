//! `rmdir`.

use crate::fs::{Errno, FsError, Kind};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

pub(crate) fn rmdir(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "rmdir", &flags, &["p", "parents", "v", "ignore-fail-on-non-empty"]);
    let parents = has(&flags, &["p", "parents"]);
    let mut status = 0;
    // `-p a/b` means a/b, then a.
    let above = |name: &String| -> Vec<String> {
        let name = name.trim_end_matches('/');
        let ends = name.match_indices('/').map(|(at, _)| at).filter(|at| parents && *at > 0);
        let mut all: Vec<String> = ends.filter_map(|at| name.get(..at)).map(str::to_string).collect();
        all.push(name.to_string());
        all.reverse();
        all
    };
    for name in &names.iter().flat_map(above).collect::<Vec<_>>() {
        let name = if name.is_empty() { "/" } else { name };
        if has(&flags, &["v"]) {
            shell.out(format!("rmdir: removing directory, '{name}'\n"));
        }
        let result = shell.fs.lstat(&shell.cwd, name).and_then(|(place, node)| {
            let fail = |errno| Err(FsError { errno, path: name.to_string() });
            if place == "/" || shell.fs.is_mount_point(&place) {
                return fail(Errno::Ebusy);
            }
            shell.removable(&place)?;
            match node.kind {
                _ if name == "." || name.ends_with("/.") => fail(Errno::Einval),
                Kind::Dir { .. } if shell.fs.children(&place).is_empty() => Ok(place),
                Kind::Dir { .. } => fail(Errno::Enotempty),
                _ => fail(Errno::Enotdir),
            }
        });
        if let Ok(place) = &result
            && !shell.fs.is_listed(place)
        {
            shell.gap("partial-listing", name);
            continue;
        }
        if let Err(error) = result.and_then(|place| shell.fs.remove(&place)) {
            if error.errno == Errno::Enotempty && has(&flags, &["ignore-fail-on-non-empty"]) {
                continue;
            }
            let what = match shell.dialect() {
                "ash" => format!("'{name}'"),
                _ => format!("failed to remove '{name}'"),
            };
            status = shell.complain("rmdir", &what, &error);
        }
    }
    status
}
