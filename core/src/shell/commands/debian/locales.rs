//! localedef and locale-gen: the archive of locales.

use crate::fs::Content;
use crate::shell::Shell;
use crate::shell::commands::{has, options};

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
pub(in crate::shell) fn localedef(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "ifAu");
    if names.is_empty() || has(&flags, &["no-archive"]) {
        shell.gap("unmodelled-option", "localedef");
        return 0;
    }
    archive(shell);
    0
}

/// The locales that /etc/locale.gen names, or the ones given.
pub(in crate::shell) fn locale_gen(shell: &mut Shell, argv: &[String]) -> i32 {
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
