//! What Debian's packages ask of its own tools: update-alternatives, dpkg-divert, locale-gen, localedef,
//! update-rc.d, and what keys are checked with.

use super::{has, options, value};
use crate::fs::{Content, path};
use crate::shell::Shell;

/// Links of /etc/alternatives: `--install LINK NAME PATH PRIORITY`, `--set NAME PATH`.
pub(super) fn update_alternatives(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&String> =
        argv.iter().skip(1).filter(|word| !["--quiet", "--force", "--verbose"].contains(&word.as_str())).collect();
    let mut at = 0;
    let mut status = 0;
    while let Some(verb) = words.get(at).map(|word| word.as_str()) {
        let word = |index: usize| words.get(at + index).map(|word| word.to_string());
        match verb {
            "--install" | "--slave" => {
                let (Some(link), Some(name), Some(target)) = (word(1), word(2), word(3)) else { return 2 };
                link_to(shell, &target, &format!("/etc/alternatives/{name}"));
                link_to(shell, &format!("/etc/alternatives/{name}"), &link);
                at += if verb == "--install" { 5 } else { 4 };
            }
            "--set" => {
                let (Some(name), Some(target)) = (word(1), word(2)) else { return 2 };
                let known = shell.fs.lstat("/", &format!("/etc/alternatives/{name}")).is_ok();
                if !known && !shell.fs.may_hide("/", "/etc/alternatives") {
                    shell.err(format!("update-alternatives: error: no alternatives for {name}\n"));
                    status = 2;
                } else {
                    link_to(shell, &target, &format!("/etc/alternatives/{name}"));
                }
                at += 3;
            }
            "--remove" | "--remove-all" | "--auto" | "--config" => {
                shell.gap("unmodelled-option", format!("update-alternatives {verb}"));
                at += 3;
            }
            // Questions change nothing.
            _ => {
                shell.gap("unknown-output", "update-alternatives");
                return 0;
            }
        }
    }
    status
}

fn link_to(shell: &mut Shell, target: &str, link: &str) {
    let Ok(folder) = shell.fs.resolve("/", path::parent(link), true) else { return };
    let place = format!("{}/{}", folder.trim_end_matches('/'), path::file_name(link));
    if matches!(shell.fs.get(&place).map(|node| &node.kind), Some(crate::fs::Kind::Symlink(old)) if &**old == target) {
        return;
    }
    let _ = shell.fs.remove(&place);
    let _ = shell.fs.mkdir_all(&folder, 0o755, 0, 0);
    let _ = shell.fs.symlink(target, &place, 0, 0);
}

/// `dpkg-divert --add --rename --divert NEW OLD`: the file moves, and dpkg notes it.
pub(super) fn divert(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&super::with_long_values(argv, &["divert", "package", "admindir"]), "");
    if has(&flags, &["remove", "list", "truename", "listpackage"]) {
        shell.gap("unmodelled-option", "dpkg-divert");
        return 0;
    }
    let Some(old) = names.first().cloned() else { return 2 };
    let new = value(&flags, &["divert"]).map_or_else(|| format!("{old}.distrib"), str::to_string);
    let package = value(&flags, &["package"]).unwrap_or(":").to_string();
    if has(&flags, &["rename"])
        && let Ok((place, _)) = shell.fs.lstat("/", &old)
    {
        let _ = shell.fs.rename(&place, &new);
    }
    let list = "/var/lib/dpkg/diversions";
    let text = shell.read(list).ok().flatten().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.unwrap_or_default() + &format!("{old}\n{new}\n{package}\n");
    if let Some(node) = shell.fs.get(list) {
        let (content, mode) = (node.content().cloned(), node.mode);
        if let Some(content) = content {
            let _ = shell.fs.write(&format!("{list}-old"), content, mode, 0, 0);
        }
    }
    let _ = shell.fs.remove(list);
    let _ = shell.fs.write(list, Content::inline(text.into_bytes()), 0o644, 0, 0);
    if !has(&flags, &["quiet"]) {
        let by = if has(&flags, &["local"]) || package == ":" {
            "local diversion of".to_string()
        } else {
            format!("diversion of by {package}")
        };
        shell.out(format!("Adding '{by} {old} to {new}'\n"));
    }
    0
}

/// The archive of locales that glibc's localedef writes; its size is that of one UTF-8 locale.
const ARCHIVE: &str = "/usr/lib/locale/locale-archive";
/// `ls -l` after `localedef -i en_US -f UTF-8 en_US.UTF-8` with glibc 2.36, in bytes.
const ARCHIVE_BYTES: u64 = 3_055_840;

fn archive(shell: &mut Shell) {
    let _ = shell.fs.mkdir_all("/usr/lib/locale", 0o755, 0, 0);
    let content = Content::modelled([], ARCHIVE_BYTES, "one UTF-8 locale, glibc 2.36");
    let _ = shell.fs.write(ARCHIVE, content, 0o644, 0, 0);
}

/// `localedef -i en_US -c -f UTF-8 -A /usr/share/locale/locale.alias en_US.UTF-8`.
pub(super) fn localedef(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "ifAu");
    if names.is_empty() || has(&flags, &["no-archive"]) {
        shell.gap("unmodelled-option", "localedef");
        return 0;
    }
    archive(shell);
    0
}

/// The locales that /etc/locale.gen names, or the ones given.
pub(super) fn locale_gen(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut wanted: Vec<String> = argv.iter().skip(1).filter(|word| !word.starts_with('-')).cloned().collect();
    if wanted.is_empty() {
        let text = shell.read("/etc/locale.gen").ok().flatten().unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        wanted = lines.map(|line| line.replacen(' ', ".", 1)).collect();
    }
    shell.out("Generating locales (this might take a while)...\n");
    for name in &wanted {
        shell.out(format!("  {name}... done\n"));
    }
    if !wanted.is_empty() {
        archive(shell);
        if wanted.len() > 1 {
            shell.gap("unknown-size", "locale-gen");
        }
    }
    shell.out("Generation complete.\n");
    0
}

/// Services do not start while an image is built; what links runlevels get is not followed.
pub(super) fn services(shell: &mut Shell, argv: &[String]) -> i32 {
    if argv.get(2).is_some_and(|verb| verb == "enable" || verb == "defaults") {
        shell.gap("unmodelled-option", argv.join(" "));
    }
    0
}

/// gpg: keys go into its home, which is usually removed again; what is signed is taken as good, for there is
/// no key here to doubt it.
pub(super) fn gpg(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("gpg", |name| path::file_name(name)).to_string();
    let long = ["homedir", "keyserver", "output", "recv-keys", "keyserver-options", "keyring", "no-default-keyring"];
    let with_values: Vec<&str> =
        long.iter().copied().filter(|name| !["recv-keys", "no-default-keyring"].contains(name)).collect();
    let (flags, names) = options(&super::with_long_values(argv, &with_values), "ou");
    if command == "gpgconf" || has(&flags, &["version", "list-keys", "fingerprint"]) {
        return 0;
    }
    let home = value(&flags, &["homedir"]).map(str::to_string);
    let home = home.or_else(|| shell.var("GNUPGHOME").map(str::to_string));
    let home = home.unwrap_or_else(|| format!("{}/.gnupg", shell.var("HOME").unwrap_or("/root")));
    let home = path::join(&shell.cwd, &home);
    if has(&flags, &["verify"]) {
        for name in &names {
            if shell.fs.stat(&shell.cwd, name).is_err() && !shell.fs.may_hide(&shell.cwd, name) {
                shell.err(format!("gpg: can't open '{name}': No such file or directory\n"));
                return 2;
            }
        }
        shell.gap("taken-as-good", format!("{command} --verify"));
    }
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    if shell.fs.stat("/", &home).is_err() && shell.fs.mkdir_all(&home, 0o700, uid, gid).is_ok() {
        shell.fs.chmod(&home, 0o700);
    }
    // The boxes and sockets that it keeps there are not followed one by one.
    if has(&flags, &["recv-keys", "import", "receive-keys"]) {
        let _ =
            shell.fs.write(&format!("{home}/pubring.kbx"), Content::unknown("keys from a keyserver"), 0o644, uid, gid);
    }
    let output = value(&flags, &["o", "output"]).map(str::to_string);
    if has(&flags, &["dearmor", "export", "armor", "enarmor", "decrypt"]) {
        let content = Content::unknown("what gpg makes of a key");
        match output {
            Some(name) => {
                if let Err(error) = shell.put_file(&name, content) {
                    return shell.complain("gpg", &name, &error);
                }
                shell.gap("unknown-size", format!("{command} -o {name}"));
            }
            None => shell.gap("unknown-output", command),
        }
    }
    0
}
