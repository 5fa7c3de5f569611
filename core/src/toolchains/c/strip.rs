//! `strip`.

use super::gcc_request::gap;
use super::program_size::facts;
use crate::elf::{self};
use crate::fs::Content;
use crate::shell::Shell;

/// The command model of `strip`: removes the symbols, as the linker's `-s` does.
pub(crate) fn strip(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = crate::shell::getopt::options(argv, "oRNK");
    if let Some((flag, _)) = flags.iter().find(|(flag, _)| ["o", "R", "N", "K"].contains(&flag.as_str())) {
        gap(shell, "unmodelled-option", format!("strip -{flag}"));
    }
    let mut status = 0;
    for name in &names {
        let found = shell.fs.stat(&shell.cwd, name).map(|(place, node)| (place, node.clone()));
        let Ok((place, node)) = found else {
            if shell.fs.may_hide(&shell.cwd, name) {
                gap(shell, "unlisted-file", name.clone());
            } else {
                shell.err(format!("strip: '{name}': No such file\n"));
                status = 1;
            }
            continue;
        };
        let Some(content) = node.content() else { continue };
        if !content.bytes_known() && content.head().is_empty() {
            gap(shell, "unknown-content", name.clone());
            continue;
        }
        if !elf::is_elf(content.head()) {
            shell.err(format!("strip:{name}: file format not recognized\n"));
            status = 1;
            continue;
        }
        let facts = facts();
        let all = facts.iter().flat_map(|facts| facts.glibc.values().chain(facts.musl.values()));
        let known =
            all.flat_map(|sizes| [(sizes.dynamic, sizes.dynamic_stripped), (sizes.fixed, sizes.static_stripped)]);
        let stripped = known.into_iter().find(|(before, _)| *before == content.len).map(|(_, after)| after);
        let head = content.head().to_vec();
        let content = match (stripped, facts) {
            (Some(len), Some(facts)) if content.basis.is_some() => {
                Content::modelled(head, len, format!("{} ({})", facts.source, facts.date))
            }
            _ => Content::started(head, "stripped: how much of it was symbols is not known"),
        };
        let _ = shell.fs.remove(&place);
        let _ = shell.fs.write(&place, content, node.mode, node.uid, node.gid);
    }
    status
}
