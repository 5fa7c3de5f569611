//! a2enmod, a2dismod, a2ensite, a2dissite, a2enconf, a2disconf: links between what is available and what is enabled.

use crate::fs::path;
use crate::shell::Shell;

const ROOT: &str = "/etc/apache2";

/// What is switched: its folders' name, its own, and what its files end with, the one that counts first.
struct ConfigKind {
    folder: &'static str,
    name: &'static str,
    label: &'static str,
    endings: &'static [&'static str],
    /// What the server has to do.
    then: &'static str,
}

const MODULE: ConfigKind =
    ConfigKind { folder: "mods", name: "module", label: "Module", endings: &["load", "conf"], then: "restart" };
const SITE: ConfigKind =
    ConfigKind { folder: "sites", name: "site", label: "Site", endings: &["conf"], then: "reload" };
const CONF: ConfigKind = ConfigKind { folder: "conf", name: "conf", label: "Conf", endings: &["conf"], then: "reload" };

impl ConfigKind {
    fn of(command: &str) -> ConfigKind {
        match command {
            "a2ensite" | "a2dissite" => SITE,
            "a2enconf" | "a2disconf" => CONF,
            _ => MODULE,
        }
    }

    fn file(&self, state: &str, name: &str, ending: &str) -> String {
        format!("{ROOT}/{}-{state}/{name}.{ending}", self.folder)
    }
}

pub(crate) fn switch(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = path::file_name(argv.first().map_or("a2enmod", String::as_str));
    let enables = command.starts_with("a2en");
    let kind = ConfigKind::of(command);
    let (label, first) = (kind.label, kind.endings.first().copied().unwrap_or("conf"));
    let (mut status, mut changes) = (0, false);
    for name in argv.iter().skip(1).filter(|word| !word.starts_with('-')) {
        let name = name.strip_suffix(".conf").or(name.strip_suffix(".load")).unwrap_or(name);
        let available = kind.file("available", name, first);
        let is_there = shell.fs.stat("/", &available).is_ok();
        if !is_there && !shell.fs.may_hide("/", &available) {
            shell.err(format!("ERROR: {label} {name} does not exist!\n"));
            status = 1;
            continue;
        }
        if shell.fs.lstat("/", &kind.file("enabled", name, first)).is_ok() == enables {
            shell.out(format!("{label} {name} already {}\n", if enables { "enabled" } else { "disabled" }));
            continue;
        }
        if !is_there {
            // What it needs besides stands in a file that is not known.
            shell.gap("unlisted-file", available);
        }
        for ending in kind.endings {
            let link = kind.file("enabled", name, ending);
            if !enables {
                let _ = shell.fs.remove(&link);
            } else if *ending == first || shell.fs.stat("/", &kind.file("available", name, ending)).is_ok() {
                let _ = shell.fs.mkdir_all(path::parent(&link), 0o755, 0, 0);
                let _ = shell.fs.symlink(&format!("../{}-available/{name}.{ending}", kind.folder), &link, 0, 0);
            }
        }
        changes = true;
        shell.out(match enables {
            true => format!("Enabling {} {name}.\n", kind.name),
            false => format!("{label} {name} disabled.\n"),
        });
    }
    if changes {
        shell.out(format!("To activate the new configuration, you need to run:\n  service apache2 {}\n", kind.then));
    }
    status
}
