//! `lsb_release`, as Debian's shell script (lsb-release 12) prints the fields of /etc/os-release.

use crate::commands::os_release::os_release;
use crate::shell::Shell;
use crate::shell::getopt::{has, options};

/// The fields in the order in which they are printed: short option, long option, title.
const FIELDS: [(&str, &str, &str); 4] = [
    ("i", "id", "Distributor ID"),
    ("d", "description", "Description"),
    ("r", "release", "Release"),
    ("c", "codename", "Codename"),
];

pub(crate) fn lsb_release(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, operands) = options(argv, "");
    let known = ["a", "all", "s", "short"];
    let is_known =
        |flag: &str| known.contains(&flag) || FIELDS.iter().any(|(short, long, _)| [*short, *long].contains(&flag));
    if !operands.is_empty() || flags.iter().any(|(flag, _)| !is_known(flag)) {
        shell.gap("unknown-output", argv.join(" "));
        return 0;
    }
    let (is_short, wants_all) = (has(&flags, &["s", "short"]), has(&flags, &["a", "all"]));
    let mut text = String::new();
    for (short, long, title) in FIELDS {
        if !wants_all && !has(&flags, &[short, long]) {
            continue;
        }
        let Some(value) = value(shell, long) else {
            shell.gap("unknown-output", argv.join(" "));
            return 0;
        };
        text += &if is_short { format!("{value}\n") } else { format!("{title}:\t{value}\n") };
    }
    shell.out(text);
    0
}

fn value(shell: &Shell, field: &str) -> Option<String> {
    match field {
        "id" => match os_release(shell, "ID")?.as_str() {
            "debian" => Some("Debian".into()),
            "ubuntu" => Some("Ubuntu".into()),
            _ => None,
        },
        "description" => os_release(shell, "PRETTY_NAME"),
        "release" => os_release(shell, "VERSION_ID"),
        _ => os_release(shell, "VERSION_CODENAME"),
    }
}

#[cfg(test)]
mod tests {
    use crate::elf::Machine;
    use crate::exec::Credentials;
    use crate::fs::{Content, Tree};
    use crate::shell::Stream;

    #[test]
    fn fields_are_printed_as_debian_prints_them() {
        let run = |script: &str, release: &str| {
            let mut tree = Tree::new();
            tree.mkdir_all("/etc", 0o755, 0, 0).unwrap();
            tree.write("/etc/os-release", Content::inline(release.as_bytes()), 0o644, 0, 0).unwrap();
            tree.mkdir_all("/usr/bin", 0o755, 0, 0).unwrap();
            tree.write("/usr/bin/lsb_release", Content::unknown("a script"), 0o755, 0, 0).unwrap();
            let env = ["PATH=/usr/bin".to_string()];
            let mut shell = crate::command_table::new_shell(tree, "/", &env, Credentials::default(), Machine::X86_64);
            assert_eq!(shell.run_script(script), 0);
            (shell.printed(Stream::Stdout), shell.gaps.len())
        };
        let debian =
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n";
        let all = "Distributor ID:\tDebian\nDescription:\tDebian GNU/Linux 12 (bookworm)\nRelease:\t12\nCodename:\tbookworm\n";
        for (script, text) in [
            ("lsb_release -cs", "bookworm\n"),
            ("lsb_release -c -s", "bookworm\n"),
            ("lsb_release --codename --short", "bookworm\n"),
            ("lsb_release -sic", "Debian\nbookworm\n"),
            ("lsb_release -a", all),
        ] {
            assert_eq!(run(script, debian), (text.to_string(), 0), "{script}");
        }
        // The point release is not known.
        assert_eq!(run("lsb_release -ds", "ID=ubuntu\nVERSION_ID=\"22.04\"\n"), (String::new(), 1));
    }
}
