//! The packages that apt installed as dependencies only: /var/lib/apt/extended_states.

use crate::fs::Content;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// Lists the packages that were installed only as dependencies of others.
const EXTENDED_STATES: &str = "/var/lib/apt/extended_states";

/// The packages that were installed only as dependencies.
pub(crate) fn read_automatic(shell: &Shell) -> BTreeSet<String> {
    let bytes = shell.read(EXTENDED_STATES).ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let stanzas = text.split("\n\n").filter(|stanza| stanza.lines().any(|line| line == "Auto-Installed: 1"));
    stanzas
        .filter_map(|stanza| stanza.lines().find_map(|line| line.strip_prefix("Package: ")))
        .map(str::to_string)
        .collect()
}

pub(crate) fn write_automatic(shell: &mut Shell, automatic: &BTreeSet<String>) {
    let stanza = |name: &String| format!("Package: {name}\nArchitecture: amd64\nAuto-Installed: 1\n\n");
    let text: String = automatic.iter().map(stanza).collect();
    let known = shell.read(EXTENDED_STATES).ok().flatten();
    if known.is_none() && text.is_empty() || known.is_some_and(|known| known == text.as_bytes()) {
        return;
    }
    if shell.fs.mkdir_all("/var/lib/apt", 0o755, 0, 0).is_ok() {
        let _ = shell.fs.write(EXTENDED_STATES, Content::inline(text.into_bytes()), 0o644, 0, 0);
    }
}
