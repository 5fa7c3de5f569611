//! Files that the address of the page names: `?dockerfile=…`, `?files={…}`, `?url=…` (docs/formats/share-link.md).

use std::collections::BTreeMap;

/// The longest text that an address may bring, in bytes.
const MAX_TEXT: usize = 1 << 19;

/// What the address of the page asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prefill {
    /// A workspace of these files: path, text.
    Files(Vec<(String, String)>),
    /// A Dockerfile at a public address.
    Address(String),
}

/// Reads the query of an address, with its names and values decoded. Other names are passed over.
///
/// # Errors
/// What is wrong with a value.
pub fn parse_prefill(query: &[(String, String)]) -> Option<Result<Prefill, String>> {
    let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if let Some(address) = value("url") {
        return Some(raw_address(address).map(Prefill::Address));
    }
    let (dockerfile, files) = (value("dockerfile"), value("files"));
    if dockerfile.is_none() && files.is_none() {
        return None;
    }
    Some(read_files(dockerfile, files.unwrap_or("{}")).map(Prefill::Files))
}

fn read_files(dockerfile: Option<&str>, files: &str) -> Result<Vec<(String, String)>, String> {
    if dockerfile.unwrap_or_default().len() + files.len() > MAX_TEXT {
        return Err(format!("larger than {MAX_TEXT} bytes"));
    }
    let mut all: BTreeMap<String, String> = serde_json::from_str(files).map_err(|error| format!("files: {error}"))?;
    if let Some(text) = dockerfile {
        all.insert("Dockerfile".into(), text.into());
    }
    Ok(all.into_iter().collect())
}

/// The address of the text that an address of a file's page shows: pages of files on GitHub, its gists excepted, lead to
/// raw.githubusercontent.com.
///
/// # Errors
/// It is no address that is fetched: only `https://` is.
pub fn raw_address(address: &str) -> Result<String, String> {
    let address = address.trim();
    let rest = address.strip_prefix("https://").ok_or_else(|| format!("{address:?}: not an https:// address"))?;
    if rest.is_empty() || rest.len() > 2_000 || rest.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(format!("{address:?}: not an address"));
    }
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    Ok(match parts.as_slice() {
        ["github.com", owner, repository, "blob" | "raw", file @ ..] if file.len() > 1 => {
            format!("https://raw.githubusercontent.com/{owner}/{repository}/{}", file.join("/"))
        }
        _ => address.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Option<Result<Prefill, String>> {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        parse_prefill(&pairs)
    }

    #[test]
    fn an_address_brings_files_or_an_address() {
        assert_eq!(query(&[("utm", "x")]), None);
        let files = query(&[("dockerfile", "FROM a\n"), ("files", r#"{"b/c":"d"}"#)]).unwrap().unwrap();
        let pair = |path: &str, text: &str| (path.to_string(), text.to_string());
        assert_eq!(files, Prefill::Files(vec![pair("Dockerfile", "FROM a\n"), pair("b/c", "d")]));
        assert!(query(&[("files", "[")]).unwrap().is_err());
        assert!(query(&[("dockerfile", &"x".repeat(MAX_TEXT))]).unwrap().is_err());
        let url = query(&[("url", "https://example.org/Dockerfile")]).unwrap().unwrap();
        assert_eq!(url, Prefill::Address("https://example.org/Dockerfile".into()));
    }

    #[test]
    fn pages_of_files_on_github_lead_to_their_text() {
        let raw = "https://raw.githubusercontent.com/docker-library/golang/HEAD/1.26/Dockerfile";
        for page in [
            "https://github.com/docker-library/golang/blob/HEAD/1.26/Dockerfile#L3",
            " https://github.com/docker-library/golang/raw/HEAD/1.26/Dockerfile",
            raw,
        ] {
            assert_eq!(raw_address(page).as_deref(), Ok(raw));
        }
        for bad in ["http://example.org/", "javascript:alert(1)", "https://", "https://a b", "file:///etc/passwd"] {
            assert!(raw_address(bad).is_err(), "{bad}");
        }
    }
}
