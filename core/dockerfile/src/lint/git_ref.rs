//! Which sources of ADD are git repositories, and which settings of them are refused (moby/buildkit,
//! `dfgitutil/git_ref.go`).

use crate::Instruction;
use crate::text::go_quote;

/// Whether a source is a repository, a web address, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceKind {
    Local,
    Http,
    Git,
}

/// Tells what a source is (moby/buildkit, `dfgitutil/git_ref.go`).
///
/// # Errors
/// BuildKit's words for a repository with settings that cannot be.
pub(super) fn source_kind(source: &str) -> Result<SourceKind, String> {
    if source.starts_with("./") || source.starts_with("../") {
        return Ok(SourceKind::Local);
    }
    let scheme = source
        .split_once("://")
        .filter(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let without_fragment = source.split('#').next().unwrap_or("");
    let (address, query) = without_fragment.split_once('?').unwrap_or((without_fragment, ""));
    let fragment = source.split_once('#').map_or("", |(_, fragment)| fragment);
    if let Some((scheme, _)) = scheme {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => {
                // What only looks like a web address is taken for a file.
                let plain = if source.starts_with("http://") || source.starts_with("https://") {
                    SourceKind::Http
                } else {
                    SourceKind::Local
                };
                let path = address.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, p)| p);
                if path.ends_with(".git") {
                    check_git_query(query, fragment)?;
                    return Ok(SourceKind::Git);
                }
                Ok(plain)
            }
            "git" | "ssh" => {
                check_git_query(query, fragment)?;
                Ok(SourceKind::Git)
            }
            _ => Ok(SourceKind::Local),
        };
    }
    if source.starts_with("github.com/") {
        check_git_query(query, fragment)?;
        return Ok(SourceKind::Local);
    }
    let word = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    let is_scp = source
        .split_once('@')
        .and_then(|(user, rest)| rest.split_once(':').map(|(host, _)| (user, host)))
        .is_some_and(|(user, host)| word(user, b"-_") && word(host, b"-."));
    if is_scp {
        check_git_query(query, fragment)?;
        return Ok(SourceKind::Git);
    }
    Ok(SourceKind::Local)
}

fn check_git_query(query: &str, fragment: &str) -> Result<(), String> {
    let (mut reference, mut subdir) = match fragment.split_once(':') {
        Some((reference, subdir)) => (reference.to_string(), subdir.trim_start_matches('/').to_string()),
        None => (fragment.to_string(), String::new()),
    };
    let mut seen: Vec<&str> = Vec::new();
    let (mut tag, mut branch) = (String::new(), String::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let quoted = go_quote(key);
        if seen.contains(&key) {
            return Err(format!("query {quoted} has multiple values"));
        }
        seen.push(key);
        let switch = matches!(key, "submodules" | "keep-git-dir" | "fetch-by-commit");
        if value.is_empty() && !switch {
            return Err(format!("query {quoted} has no value"));
        }
        match key {
            "ref" => set(&mut reference, value, "ref")?,
            "subdir" => set(&mut subdir, value, "subdir")?,
            "tag" => tag = prefixed("refs/tags/", value),
            "branch" => branch = prefixed("refs/heads/", value),
            "checksum" | "commit" => {}
            "mtime" if ["checkout", "commit"].contains(&value) => {}
            "mtime" => {
                return Err(format!("invalid mtime value: {} (must be \"checkout\" or \"commit\")", go_quote(value)));
            }
            _ if switch => {
                let known = ["", "1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False"];
                if !known.contains(&value) {
                    return Err(format!("invalid {key} value: {}", go_quote(value)));
                }
            }
            _ => return Err(format!("unexpected query {quoted}")),
        }
    }
    if !tag.is_empty() {
        set(&mut reference, &tag, "ref")?;
    }
    if !branch.is_empty() {
        if !tag.is_empty() {
            return Err("branch conflicts with tag".into());
        }
        set(&mut reference, &branch, "ref")?;
    }
    Ok(())
}

fn prefixed(prefix: &str, value: &str) -> String {
    if value.starts_with(prefix) { value.to_string() } else { format!("{prefix}{value}") }
}

fn set(slot: &mut String, value: &str, name: &str) -> Result<(), String> {
    if !slot.is_empty() && slot != value {
        return Err(format!("{name} conflicts: {} vs {}", go_quote(slot), go_quote(value)));
    }
    *slot = value.to_string();
    Ok(())
}

/// A repository's own settings must not contradict the flags.
pub(super) fn check_git_flags(instruction: &Instruction<&str>, source: &str, checksum: &str) -> Result<(), String> {
    let query = source.split('#').next().and_then(|source| source.split_once('?')).map_or("", |(_, query)| query);
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        match key {
            "keep-git-dir" if instruction.flag("keep-git-dir").is_some() => {
                let wanted = matches!(value, "" | "1" | "t" | "T" | "true" | "TRUE" | "True");
                if wanted != instruction.is_set("keep-git-dir") {
                    return Err("inconsistent keep-git-dir configuration".into());
                }
            }
            "checksum" | "commit" if !checksum.is_empty() && checksum != value => {
                return Err(format!("checksum mismatch {} != {}", go_quote(checksum), go_quote(value)));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_told_from_files_and_web_addresses() {
        for (source, kind) in [
            ("src/main.go", SourceKind::Local),
            ("https://example.com/a.tar.gz", SourceKind::Http),
            ("https://example.com/a.git#main:dir", SourceKind::Git),
            ("git@example.com:a/b", SourceKind::Git),
            ("git://example.com/a", SourceKind::Git),
            ("github.com/a/b", SourceKind::Local),
            ("ftp://example.com/a", SourceKind::Local),
            ("a@b", SourceKind::Local),
        ] {
            assert_eq!(source_kind(source), Ok(kind), "{source}");
        }
        assert_eq!(source_kind("https://x/a.git?tag=1&branch=2").unwrap_err(), "branch conflicts with tag");
        assert_eq!(source_kind("https://x/a.git?foo=1").unwrap_err(), "unexpected query \"foo\"");
    }
}
