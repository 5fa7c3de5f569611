//! A workspace: the edited files, engine and lesson. [`Workspace`] is the form that is stored and shared
//! (docs/formats/share-link.md). It is untrusted, so everything in it is checked here.

use crate::fs::{Content, Tree, path};
use crate::image::Day;
use crate::measure::Way;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use stageplay_report::workspace::VERSION;
pub use stageplay_report::workspace::{Body, File, MAX_FILES, MAX_LINK, Workspace};

/// The files of a build context in the stored form, in the order of their paths.
pub fn files_of(context: &Tree) -> Vec<File> {
    let files = context.walk("/").filter_map(|(path, node)| {
        let path = path.trim_start_matches('/').to_string();
        Some(File { path, mode: node.mode, body: body_of(node.content()?) })
    });
    files.collect()
}

/// The stored form of a file's content.
pub fn body_of(content: &Content) -> Body {
    let text = content.bytes().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    match text {
        Some(text) => Body::Text(text),
        None => Body::Binary {
            head: encode(content.head()),
            len: content.len,
            basis: content.basis.as_deref().map(str::to_string),
        },
    }
}

/// The workspace of a build context.
pub fn of_context(context: &Tree, engine: &str, builder: &str, dockerfile: &str, lesson: Option<String>) -> Workspace {
    Workspace {
        version: VERSION,
        engine: engine.into(),
        builder: builder.into(),
        as_of: None,
        dockerfile: dockerfile.into(),
        target: None,
        files: files_of(context),
        lesson,
        assume_context: false,
    }
}

/// The uncompressed share link of a workspace: what stands behind `#w=` in an address of the page.
pub fn share_link(workspace: &Workspace) -> String {
    encode(workspace.to_json().as_bytes())
}

/// The day on which a workspace's tags are looked up; `None` for the day of its engine.
///
/// # Errors
/// It is no day of the calendar.
pub fn day(workspace: &Workspace) -> Result<Option<Day>, String> {
    let day = workspace.as_of.as_ref().map(|day| day.parse::<Day>().map_err(|error| format!("{day:?}: {error}")));
    day.transpose()
}

/// The files of a workspace with their paths, which begin with a slash, contents and permission bits.
///
/// # Errors
/// Too many files, an unknown engine, a day that is none, a path that leaves the context, or a head that is not
/// base64url.
pub fn contents(workspace: &Workspace) -> Result<Vec<(String, Content, u32)>, String> {
    if workspace.files.len() > MAX_FILES {
        return Err(format!("more than {MAX_FILES} files"));
    }
    if crate::engine::EngineProfile::find(&workspace.engine).is_none() {
        return Err(format!("unknown engine {:?}", workspace.engine));
    }
    day(workspace)?;
    workspace.files.iter().map(|file| Ok((clean_path(file)?, content(file)?, file.mode & 0o7777))).collect()
}

fn clean_path(file: &File) -> Result<String, String> {
    let clean = path::join("/", &file.path);
    if clean == "/" || file.path.split('/').any(|part| part == "..") {
        return Err(format!("{:?} is not a path of a file", file.path));
    }
    Ok(clean)
}

fn content(file: &File) -> Result<Content, String> {
    let (head, len, basis) = match &file.body {
        Body::Text(text) => return Ok(Content::inline(text.as_bytes())),
        Body::Binary { head, len, basis } => (head, *len, basis),
    };
    let head = decode(head).ok_or_else(|| format!("{}: not base64url", file.path))?;
    Ok(match basis {
        Some(basis) => Content::modelled(head, len, basis.as_str()),
        None if head.len() as u64 == len => Content::inline(head),
        None => Content::modelled(head, len, "the length that the link names").told_by(Way::ContextFile),
    })
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
    use crate::fs::Kind;

    fn sample() -> Workspace {
        let mut tree = Tree::new();
        tree.put("/Dockerfile", Kind::File(Content::inline("FROM alpine # 你好\n".as_bytes())), 0o644, 0, 0);
        tree.put("/app", Kind::File(Content::modelled([0x7f, b'E', 0xff], 5_000_000, "measured")), 0o755, 0, 0);
        of_context(&tree, "docker-28", "buildkit", "Dockerfile", Some("01".into()))
    }

    #[test]
    fn the_stored_form_brings_every_file_back() {
        let back = Workspace::from_json(&sample().to_json()).unwrap();
        assert_eq!(back, sample());
        let link = decode(&share_link(&sample())).unwrap();
        assert_eq!(link, sample().to_json().into_bytes());
        let files = contents(&back).unwrap();
        let (path, content, mode) = files.iter().find(|(path, ..)| path == "/app").unwrap();
        assert_eq!((path.as_str(), content.len, *mode), ("/app", 5_000_000, 0o755));
        assert_eq!(content.head(), &[0x7f, b'E', 0xff][..]);
    }

    #[test]
    fn what_is_not_valid_is_refused_with_a_reason() {
        let with_path = |path: &str| {
            let mut workspace = sample();
            workspace.files[0].path = path.into();
            workspace
        };
        assert!(contents(&with_path("../../etc/passwd")).unwrap_err().contains("not a path"));
        assert!(contents(&with_path("/")).is_err() && contents(&with_path("a/./b")).is_ok());
        assert!(contents(&Workspace { engine: "docker-0".into(), ..sample() }).is_err());
        let on = |day: &str| Workspace { as_of: Some(day.into()), ..sample() };
        assert_eq!(day(&on("2018-01-08")).unwrap().map(|day| day.to_string()).as_deref(), Some("2018-01-08"));
        assert!(contents(&on("2018-02-30")).unwrap_err().contains("YYYY-MM-DD"));
        let mut damaged = sample();
        damaged.files[1].body = Body::Binary { head: "%".into(), len: 1, basis: None };
        assert!(contents(&damaged).unwrap_err().contains("base64url"));
        let many = vec![damaged.files[0].clone(); MAX_FILES + 1];
        assert!(contents(&Workspace { files: many, ..sample() }).is_err());
    }
}
