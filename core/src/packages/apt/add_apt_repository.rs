//! `add-apt-repository`.

use crate::shell::Shell;

/// `add-apt-repository` writes a source list and a key, and fetches new package lists.
pub(crate) fn add_repository(shell: &mut Shell, argv: &[String]) -> i32 {
    for folder in ["/etc/apt/sources.list.d", "/etc/apt/trusted.gpg.d", "/etc/apt/keyrings", "/var/lib/apt/lists"] {
        shell.make_partial_folder(folder);
    }
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    shell.gap("unknown-files", format!("add-apt-repository {}", words.join(" ")));
    0
}
