//! `dos2unix` and `unix2dos`: remove or add carriage returns in place.

use super::text_inputs::inputs;
use crate::fs::Content;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

pub(crate) fn convert(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("dos2unix", |name| crate::fs::path::file_name(name)).to_string();
    let (flags, names) = options(argv, "");
    only(shell, &command, &flags, &["q", "k", "o", "f", "s", "u", "d", "quiet", "keepdate", "force", "safe"]);
    let to_dos = command == "unix2dos" && !has(&flags, &["u"]) || has(&flags, &["d"]);
    let (all, mut status) = inputs(shell, &command, &names);
    for (name, bytes) in all {
        let mut out = Vec::with_capacity(bytes.len());
        for (at, byte) in bytes.iter().enumerate() {
            let next = bytes.get(at + 1);
            match byte {
                b'\r' if !to_dos && next == Some(&b'\n') => {}
                b'\n' if to_dos && at.checked_sub(1).and_then(|at| bytes.get(at)) != Some(&b'\r') => {
                    out.extend(b"\r\n");
                }
                byte => out.push(*byte),
            }
        }
        if name == "-" {
            shell.out(out);
            continue;
        }
        if shell.dialect() != "ash" && !has(&flags, &["q", "quiet"]) {
            let form = if to_dos { "DOS" } else { "Unix" };
            shell.err(format!("{command}: converting file {name} to {form} format...\n"));
        }
        let modified = shell.fs.stat(&shell.cwd, &name).ok().map(|(_, node)| node.modified);
        if let Err(error) = shell.put_file(&name, Content::inline(out)) {
            status = shell.complain(&command, &name, &error);
        } else if let (true, Some(time), Ok(place)) = (has(&flags, &["k", "keepdate"]), modified, shell.resolve(&name))
        {
            shell.fs.set_modified(&place, time);
        }
    }
    status
}
