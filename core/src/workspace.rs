//! A workspace: the edited files, engine and lesson, in a form that can be stored and shared.
//!
//! A share link is `base64url(JSON)`; its format is in docs/formats/share-link.md. Links are untrusted, so everything in
//! them is checked.

use crate::fs::{Content, Kind, Tree};
use crate::image::Day;
use crate::measure::Way;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};

/// Version of the format.
const VERSION: u32 = 1;
/// The longest link, in characters.
pub const MAX_LINK: usize = 1 << 19;
/// The most files of a workspace.
const MAX_FILES: usize = 500;

/// The state that is restored after a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// Version of the format.
    pub version: u32,
    /// An engine profile's id.
    pub engine: String,
    /// `classic` or `buildkit`.
    pub builder: String,
    /// The day on which tags are looked up, `YYYY-MM-DD`; `None` for the day of the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Day>,
    /// The Dockerfile that is built.
    pub dockerfile: String,
    /// The files of the build context.
    pub files: Vec<File>,
    /// The lesson that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<String>,
    /// Files that the build context lacks are assumed to exist (`--assume-context`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assume_context: bool,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Path below the context.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Its text; or the beginning of a binary file.
    #[serde(flatten)]
    pub body: Body,
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// All of it, as text.
    Text(String),
    /// Its first bytes in base64url, its length, and the source of the length.
    Binary {
        /// The head.
        head: String,
        /// Length in bytes.
        len: u64,
        /// `None` for a length that was counted.
        basis: Option<String>,
    },
}

/// Why a link or a stored workspace is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError(pub String);

impl std::fmt::Display for LinkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LinkError {}

impl Workspace {
    /// The workspace of a build context.
    pub fn of(context: &Tree, engine: &str, builder: &str, dockerfile: &str, lesson: Option<String>) -> Self {
        let files = context
            .walk("/")
            .filter_map(|(path, node)| {
                let content = node.content()?;
                let text = content.bytes().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
                let body = match text {
                    Some(text) => Body::Text(text),
                    None => Body::Binary {
                        head: encode(content.head()),
                        len: content.len,
                        basis: content.basis.as_deref().map(str::to_string),
                    },
                };
                Some(File { path: path.trim_start_matches('/').to_string(), mode: node.mode, body })
            })
            .collect();
        Workspace {
            version: VERSION,
            engine: engine.into(),
            builder: builder.into(),
            as_of: None,
            dockerfile: dockerfile.into(),
            files,
            lesson,
            assume_context: false,
        }
    }

    /// The files with their contents, checked.
    ///
    /// # Errors
    /// An invalid file: a path that leaves the context, or a head that is not base64url.
    pub fn contents(&self) -> Result<Vec<(String, Content, u32)>, LinkError> {
        if self.files.len() > MAX_FILES {
            return Err(LinkError(format!("more than {MAX_FILES} files")));
        }
        let mut all = Vec::new();
        for file in &self.files {
            let clean = crate::fs::path::join("/", &file.path);
            if clean == "/" || file.path.split('/').any(|part| part == "..") {
                return Err(LinkError(format!("{:?} is not a path of a file", file.path)));
            }
            let content = match &file.body {
                Body::Text(text) => Content::inline(text.as_bytes()),
                Body::Binary { head, len, basis } => {
                    let head = decode(head).ok_or_else(|| LinkError(format!("{}: not base64url", file.path)))?;
                    match basis {
                        Some(basis) => Content::modelled(head, *len, basis.as_str()),
                        None if head.len() as u64 == *len => Content::inline(head),
                        None => {
                            Content::modelled(head, *len, "the length that the link names").told_by(Way::ContextFile)
                        }
                    }
                }
            };
            all.push((clean, content, file.mode & 0o7777));
        }
        Ok(all)
    }

    /// The stored JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the stored JSON.
    ///
    /// # Errors
    /// What is wrong, with its position in the text.
    pub fn from_json(text: &str) -> Result<Self, LinkError> {
        if text.len() > MAX_LINK {
            return Err(LinkError(format!("larger than {MAX_LINK} bytes")));
        }
        let workspace: Workspace = serde_json::from_str(text).map_err(|error| LinkError(error.to_string()))?;
        if workspace.version != VERSION {
            return Err(LinkError(format!("made by another version of Stageplay (format {})", workspace.version)));
        }
        if crate::engine::EngineProfile::find(&workspace.engine).is_none() {
            return Err(LinkError(format!("unknown engine {:?}", workspace.engine)));
        }
        workspace.contents()?;
        Ok(workspace)
    }

    /// The part of a share link behind `#w=`.
    pub fn to_link(&self) -> String {
        encode(self.to_json().as_bytes())
    }

    /// Reads a share link's part behind `#w=`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_link(link: &str) -> Result<Self, LinkError> {
        if link.len() > MAX_LINK {
            return Err(LinkError(format!("larger than {MAX_LINK} characters")));
        }
        let bytes = decode(link).ok_or_else(|| LinkError("it is not base64url: some of it may be missing".into()))?;
        let text = String::from_utf8(bytes).map_err(|_| LinkError("its text is not UTF-8".into()))?;
        Self::from_json(&text)
    }

    /// The context as a tree.
    ///
    /// # Errors
    /// As [`Workspace::contents`].
    pub fn tree(&self) -> Result<Tree, LinkError> {
        let mut tree = Tree::new();
        for (path, content, mode) in self.contents()? {
            let made = tree.mkdir_all(crate::fs::path::parent(&path), 0o755, 0, 0);
            if made.is_ok() {
                tree.put(&path, Kind::File(content), mode, 0, 0);
            }
        }
        Ok(tree)
    }
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Workspace {
        let mut tree = Tree::new();
        tree.put("/Dockerfile", Kind::File(Content::inline("FROM alpine # 你好\n".as_bytes())), 0o644, 0, 0);
        tree.put("/app", Kind::File(Content::modelled([0x7f, b'E', 0xff], 5_000_000, "measured")), 0o755, 0, 0);
        Workspace::of(&tree, "docker-28", "buildkit", "Dockerfile", Some("01".into()))
    }

    #[test]
    fn a_link_brings_everything_back() {
        let workspace = sample();
        let back = Workspace::from_link(&workspace.to_link()).unwrap();
        assert_eq!(back, workspace);
        let tree = back.tree().unwrap();
        let app = tree.get("/app").unwrap();
        assert_eq!(
            (app.mode, app.content().unwrap().len, app.content().unwrap().head()),
            (0o755, 5_000_000, &[0x7f, b'E', 0xff][..])
        );
    }

    #[test]
    fn a_link_may_name_a_day() {
        let day = Some("2018-01-08".parse().unwrap());
        let workspace = Workspace { as_of: day, ..sample() };
        assert_eq!(Workspace::from_link(&workspace.to_link()).unwrap().as_of, day);
        // Links without one are those of before.
        assert!(!sample().to_json().contains("as_of"));
        let json = workspace.to_json().replace("2018-01-08", "2018-02-30");
        assert!(Workspace::from_json(&json).unwrap_err().to_string().contains("YYYY-MM-DD"));
    }

    #[test]
    fn a_damaged_link_is_refused_with_a_reason() {
        let link = sample().to_link();
        for bad in ["", "!", &link[..link.len() / 2], &link.replace('a', "%"), &encode(b"{}"), &encode(&[0xff, 0xfe])] {
            assert!(!Workspace::from_link(bad).unwrap_err().to_string().is_empty());
        }
        let mut escaping = sample();
        escaping.files[0].path = "../../etc/passwd".into();
        assert!(Workspace::from_link(&escaping.to_link()).is_err());
    }
}
