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
        let invalid = || format!("invalid reference format: {text:?}");
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) if digest.contains(':') => (rest, Some(digest.to_string())),
            Some(_) => return Err(invalid()),
            None => (text, None),
        };
        let (name, tag) = match rest.rfind(':') {
            Some(colon) if !rest.get(colon..).unwrap_or("").contains('/') => rest.split_at(colon),
            _ => (rest, ""),
        };
        let tag = tag.trim_start_matches(':');
        if rest.ends_with(':') || tag.len() > 128 || name.len() > 255 {
            return Err(invalid());
        }
        let tag_ok =
            tag.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)) && !tag.starts_with(['.', '-']);
        let name_chars = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/:".contains(c);
        if name.chars().any(|c| c.is_ascii_uppercase()) && name.chars().all(|c| name_chars(c.to_ascii_lowercase())) {
            return Err("invalid reference format: repository name must be lowercase".into());
        }
        let n_parts = name.split('/').count();
        let parts_ok = name.split('/').enumerate().all(|(index, part)| {
            // A port, and only that, may follow a colon: in the registry's part.
            let colon_ok = !part.contains(':') || index == 0 && n_parts > 1;
            colon_ok && !part.is_empty() && !part.starts_with(['.', '-', '_']) && !part.ends_with(['.', '-', '_'])
        });
        if !tag_ok || !parts_ok || !name.chars().all(name_chars) {
            return Err(invalid());
        }
        let familiar = name.strip_prefix("docker.io/").or(name.strip_prefix("index.docker.io/")).unwrap_or(name);
        let familiar = familiar.strip_prefix("library/").unwrap_or(familiar);
        Ok(Reference {
            repository: familiar.to_string(),
            tag: if tag.is_empty() { "latest".into() } else { tag.into() },
            digest,
        })
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
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository, self.tag)
    }
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
        assert_eq!(Reference::parse("golang:1.27@sha256:ab").unwrap().tag, "1.27");
        for bad in ["", ":", "a:", "A b", "a//b", "-a", "a:b:c", "a@b"] {
            assert!(Reference::parse(bad).is_err(), "{bad}");
        }
        assert!(Reference::parse("Alpine").unwrap_err().contains("must be lowercase"));
    }
}
