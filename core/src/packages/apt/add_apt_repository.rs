//! `add-apt-repository`.

use crate::commands::estimated_files::{write_estimated_files, write_unknown_files};
use crate::measure::{Way, typical_tool_size};
use crate::shell::Shell;

/// Where it puts the list of sources and the key, and where the key is as large as keyrings usually are.
const FOLDERS: [&str; 3] = ["/etc/apt/sources.list.d", "/etc/apt/trusted.gpg.d", "/etc/apt/keyrings"];
const LISTS: &str = "/var/lib/apt/lists";

/// `add-apt-repository` writes a source list and a key, and fetches new package lists.
pub(crate) fn add_repository(shell: &mut Shell, argv: &[String]) -> i32 {
    FOLDERS.iter().for_each(|folder| shell.make_partial_folder(folder));
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let what = format!("add-apt-repository {}", words.join(" "));
    let key = typical_tool_size("keyring");
    let has_key = key.is_some_and(|key| write_estimated_files(shell, "/etc/apt", &what, key, Way::RealBuild));
    // The lists stay only until somebody removes them.
    let has_lists = write_unknown_files(shell, LISTS, &format!("the lists of {}", words.join(" ")), Way::RealBuild);
    shell.make_partial_folder(LISTS);
    if has_key && has_lists {
        shell.recorded_sizes.insert(what.clone());
    }
    shell.gap("unknown-files", what);
    0
}
