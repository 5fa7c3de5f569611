//! upx: programs packed into themselves.
//!
//! A static program stays one that starts anywhere; how small it gets is not known. What a packed dynamic program
//! asks for is in no header any more, so of how it starts nothing is known.

use crate::elf;
use crate::fs::{Content, path};
use crate::shell::Shell;

pub(crate) fn upx(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = crate::shell::commands::options(argv, "o");
    let value = |name: &str| flags.iter().find(|(flag, _)| flag == name).map(|(_, value)| value.clone());
    if ["V", "version", "h", "help", "L", "l", "t", "d"].iter().any(|name| value(name).is_some()) {
        shell.gap("unmodelled-option", "upx");
        return 0;
    }
    let output = value("o").flatten();
    let mut status = 0;
    for name in &names {
        let found = shell.fs.stat(&shell.cwd, name).map(|(place, node)| (place, node.clone()));
        let Ok((place, node)) = found else {
            if shell.fs.may_hide(&shell.cwd, name) {
                shell.gap("unlisted-file", name);
            } else {
                shell.err(format!("upx: {name}: FileNotFoundException: {name}: No such file or directory\n"));
                status = 1;
            }
            continue;
        };
        let Some(content) = node.content() else { continue };
        let why = "packed by upx: how small it gets is not known";
        let packed = match elf::read(content) {
            Ok(program) if program.interpreter.is_none() => Content::started(content.head().to_vec(), why),
            Err(_) if content.bytes_known() => {
                shell.err(format!("upx: {name}: UnknownExecutableFormatException\n"));
                status = 1;
                continue;
            }
            _ => Content::unknown(why),
        };
        let target = output.as_ref().map_or(place.clone(), |output| path::join(&shell.cwd, output));
        if target == place {
            let _ = shell.fs.remove(&place);
        }
        if let Err(error) = shell.fs.write(&target, packed, node.mode, shell.user.uid, shell.user.gid) {
            status = shell.complain("upx", &target, &error);
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use crate::elf::{Elf, Machine, write};
    use crate::exec::Credentials;
    use crate::fs::{Content, Tree};
    use crate::shell::{Shell, Stream};

    #[test]
    fn a_static_program_still_starts_and_of_another_nothing_is_known() {
        let mut tree = Tree::new();
        tree.mkdir_all("/usr/bin", 0o755, 0, 0).unwrap();
        let mut dynamic = Elf::new(Machine::X86_64, true);
        dynamic.interpreter = Some("/lib64/ld-linux-x86-64.so.2".into());
        let fixed = || Content::inline(write(&Elf::new(Machine::X86_64, false)));
        for (place, content) in [
            ("/usr/bin/upx", fixed()),
            ("/a", fixed()),
            ("/b", Content::inline(write(&dynamic))),
            ("/c", Content::inline(*b"text")),
        ] {
            tree.write(place, content, 0o755, 0, 0).unwrap();
        }
        let mut shell = Shell::new(tree, "/", &["PATH=/usr/bin".into()], Credentials::default(), Machine::X86_64);
        assert_eq!(shell.run_script("upx --best /a && upx -q -o /d /b && ! upx /c && ! upx /nothing"), 0);
        let content = |place: &str| shell.fs.get(place).unwrap().content().unwrap().clone();
        assert!(!content("/a").len_known && crate::elf::read(&content("/a")).is_ok());
        assert!(content("/d").head().is_empty() && !content("/b").head().is_empty());
        assert!(shell.printed(Stream::Stderr).contains("FileNotFoundException"));
    }
}
