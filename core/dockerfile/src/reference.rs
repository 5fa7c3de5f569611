//! Image references: `[registry/]repository[:tag][@digest]`.

use std::fmt;

/// A parsed reference, in Docker's familiar form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Repository as people write it: `alpine`, `grafana/grafana`, `gcr.io/distroless/static`.
    pub repository: String,
    /// `latest` unless named.
    pub tag: String,
    /// `sha256:…` if named.
    pub digest: Option<String>,
}

impl Reference {
    /// Parses a reference.
    ///
    /// # Errors
    /// Docker's own message (distribution/reference).
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = check(text)?;
        let name = match parts.domain {
            "docker.io" => {
                parts.path.strip_prefix("library/").filter(|rest| !rest.contains('/')).unwrap_or(parts.path).to_string()
            }
            domain => format!("{domain}/{}", parts.path),
        };
        let tag = if parts.tag.is_empty() { "latest" } else { parts.tag };
        let digest = (!parts.digest.is_empty()).then(|| parts.digest.to_string());
        Ok(Reference { repository: name, tag: tag.to_string(), digest })
    }

    /// With registry and namespace spelled out: `docker.io/library/alpine:latest`.
    pub fn canonical(&self) -> String {
        let first = self.repository.split('/').next().unwrap_or("");
        let has_registry = self.repository.contains('/') && (first.contains(['.', ':']) || first == "localhost");
        let name = match (has_registry, self.repository.contains('/')) {
            (true, _) => self.repository.clone(),
            (false, true) => format!("docker.io/{}", self.repository),
            (false, false) => format!("docker.io/library/{}", self.repository),
        };
        format!("{name}:{}", self.tag)
    }

    /// What an engine is asked for: the full name with the digest if one is named, else with the tag.
    pub fn exact(&self) -> String {
        let name = self.canonical();
        match &self.digest {
            Some(digest) => format!("{}@{digest}", name.strip_suffix(&format!(":{}", self.tag)).unwrap_or(&name)),
            None => name,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository, self.tag)
    }
}

/// A reference taken apart.
pub(crate) struct Parts<'t> {
    domain: &'t str,
    path: &'t str,
    tag: &'t str,
    digest: &'t str,
}

/// Longest repository path, in bytes (distribution/reference).
const MAX_PATH: usize = 255;

/// Takes a reference apart as Docker does (distribution/reference, `ParseNormalizedNamed`).
///
/// # Errors
/// Docker's own message.
pub(crate) fn check(text: &str) -> Result<Parts<'_>, String> {
    const INVALID: &str = "invalid reference format";
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
        return Err(format!("invalid repository name ({text}), cannot specify 64-byte hexadecimal strings"));
    }
    let (domain, rest) = match text.split_once('/') {
        Some((first, rest))
            if first == "localhost" || first.contains(['.', ':']) || first.chars().any(char::is_uppercase) =>
        {
            (if first == "index.docker.io" { "docker.io" } else { first }, rest)
        }
        _ => ("docker.io", text),
    };
    let remote = rest.split(':').next().unwrap_or(rest);
    // The namespace of official images is part of the name.
    let official = if domain == "docker.io" && !rest.contains('/') { "library/" } else { "" };
    if remote.chars().any(char::is_uppercase) {
        return Err(format!("invalid reference format: repository name ({official}{remote}) must be lowercase"));
    }
    let (rest, digest) = match rest.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (rest, None),
    };
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (rest, None),
    };
    let digest_fits = digest.is_none_or(|digest| {
        digest.split_once(':').is_some_and(|(algorithm, hex)| {
            let part = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic()) && is_word(part);
            algorithm.split(['-', '_', '+', '.']).all(part)
                && hex.len() >= 32
                && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    });
    if !is_domain(domain) || !path.split('/').all(is_path_component) || !tag.is_none_or(is_tag) || !digest_fits {
        return Err(INVALID.into());
    }
    if path.len() + official.len() > MAX_PATH {
        return Err(format!("repository name must not be more than {MAX_PATH} characters"));
    }
    if let Some(digest) = digest {
        check_digest(digest)?;
    }
    Ok(Parts { domain, path, tag: tag.unwrap_or(""), digest: digest.unwrap_or("") })
}

/// Checks a digest (opencontainers/go-digest).
///
/// # Errors
/// Its own message.
pub(crate) fn check_digest(digest: &str) -> Result<(), String> {
    let format = || Err("invalid checksum digest format".to_string());
    let Some((algorithm, hex)) = digest.split_once(':').filter(|(name, hex)| !name.is_empty() && !hex.is_empty())
    else {
        return format();
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => {
            let lower = |part: &str| {
                !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            };
            let encoded = |byte: u8| byte.is_ascii_alphanumeric() || b"=_-".contains(&byte);
            if algorithm.split(['.', '+', '_', '-']).all(lower) && hex.bytes().all(encoded) {
                return Err("unsupported digest algorithm".into());
            }
            return format();
        }
    };
    if hex.len() != length {
        return Err("invalid checksum digest length".into());
    }
    if !hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
        return format();
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A host name or an address in brackets, with or without a port.
fn is_domain(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            if address.is_empty() || !address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':') {
                return false;
            }
            match rest.strip_prefix(':') {
                Some(port) => (None, Some(port)),
                None if rest.is_empty() => (None, None),
                None => return false,
            }
        }
        None => match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), None),
        },
    };
    let label = |label: &str| {
        let chars = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(chars)
    };
    host.is_none_or(|host| host.split('.').all(label))
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Lower-case words, parted by a dot, one or two underscores, or dashes.
fn is_path_component(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut rest = text.as_bytes();
    loop {
        let length = rest.iter().take_while(|byte| word(**byte)).count();
        if length == 0 {
            return false;
        }
        rest = rest.get(length..).unwrap_or(&[]);
        rest = match rest {
            [] => return true,
            [b'.', rest @ ..] | [b'_', b'_', rest @ ..] | [b'_', rest @ ..] => rest,
            [b'-', ..] => rest.get(rest.iter().take_while(|byte| **byte == b'-').count()..).unwrap_or(&[]),
            _ => return false,
        };
    }
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn references_parse_as_docker_parses_them() {
        let parsed = Reference::parse("docker.io/library/alpine").unwrap();
        assert_eq!(
            (parsed.to_string(), parsed.canonical()),
            ("alpine:latest".into(), "docker.io/library/alpine:latest".into())
        );
        assert_eq!(Reference::parse("localhost:5000/a/b:1.2").unwrap().canonical(), "localhost:5000/a/b:1.2");
        let digest = format!("sha256:{}", "a".repeat(64));
        assert_eq!(Reference::parse(&format!("golang:1.27@{digest}")).unwrap().tag, "1.27");
        assert_eq!(Reference::parse("index.docker.io/library/a").unwrap().to_string(), "a:latest");
        assert_eq!(Reference::parse("a@sha256:ab").unwrap_err(), "invalid reference format");
        for bad in ["", ":", "a:", "A b", "a//b", "-a", "a:b:c", "a@b"] {
            assert!(Reference::parse(bad).is_err(), "{bad}");
        }
        assert!(Reference::parse("Alpine").unwrap_err().contains("must be lowercase"));
    }
}
