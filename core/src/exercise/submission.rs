//! Submissions: what a student hands in, as one text. docs/formats/submission.md describes the form.

use super::files::{self, Files, JsonFile, PackFile, hex};
use super::pack::Pack;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::io::Read as _;

/// What every submission begins with.
pub const PREFIX: &str = "stageplay:1:";
/// The longest submission, in characters.
pub const MAX_TEXT: usize = 2 << 20;
/// The largest submission when unpacked, in bytes.
const MAX_UNPACKED: usize = 8 << 20;
/// The most exercises of a submission.
const MAX_WORK: usize = 200;
/// The most commands of one exercise that are kept, the last ones.
pub const MAX_COMMANDS: usize = 200;
/// The longest command, and the longest name, in characters.
const MAX_LINE: usize = 1_000;
/// The digits of the checksum.
const CHECKSUM: usize = 8;

/// Why something cannot be read: a message id, and the value of its placeholder `{what}`.
pub type Unreadable = (&'static str, String);

/// What a student hands in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// The student's id: a number, an address or a name.
    pub student: String,
    /// The student's name, if it is not the id.
    pub name: String,
    /// The version of Stageplay with which it was made.
    pub version: String,
    /// One for each exercise.
    pub work: Vec<Work>,
}

/// The work on one exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// The pack's name.
    pub pack: String,
    /// The pack's digest.
    pub digest: String,
    /// The seed of the student's variant; empty for a pack without variables.
    pub seed: String,
    /// The files that differ from the starting workspace.
    pub files: Files,
    /// The files of the starting workspace that were removed.
    pub removed: BTreeSet<String>,
    /// The commands that were used in the terminal.
    pub commands: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonSubmission {
    student: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    name: String,
    version: String,
    work: Vec<JsonWork>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonWork {
    pack: String,
    digest: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    seed: String,
    files: Vec<JsonFile>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    removed: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    commands: Vec<String>,
}

impl Work {
    /// The work of a workspace: what differs from the start of the pack, and the last [`MAX_COMMANDS`] commands.
    pub fn of(pack: &Pack, seed: &str, workspace: &Files, commands: &[String]) -> Self {
        let changed = workspace.iter().filter(|(path, file)| pack.start.get(*path) != Some(file));
        Work {
            pack: pack.name.clone(),
            digest: pack.digest.clone(),
            seed: seed.to_string(),
            files: changed.map(|(path, file)| (path.clone(), file.clone())).collect(),
            removed: pack.start.keys().filter(|path| !workspace.contains_key(*path)).cloned().collect(),
            commands: commands.iter().skip(commands.len().saturating_sub(MAX_COMMANDS)).cloned().collect(),
        }
    }

    fn json(&self) -> JsonWork {
        JsonWork {
            pack: self.pack.clone(),
            digest: self.digest.clone(),
            seed: self.seed.clone(),
            files: self.files.iter().map(|(path, file)| JsonFile::new(path, file)).collect(),
            removed: self.removed.clone(),
            commands: self.commands.clone(),
        }
    }

    /// The work as JSON, as it stands in a submission.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.json()).unwrap_or_default()
    }

    /// Reads what [`Work::to_json`] wrote.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        if text.len() > MAX_UNPACKED {
            return Err(("submission.too-large", MAX_UNPACKED.to_string()));
        }
        Self::from_checked(serde_json::from_str(text).map_err(|error| ("submission.bad-data", error.to_string()))?)
    }

    fn from_checked(work: JsonWork) -> Result<Self, Unreadable> {
        let bad = |what: &str| ("submission.bad-data", what.to_string());
        if ![&work.pack, &work.digest, &work.seed].into_iter().all(|text| is_line(text)) {
            return Err(bad("the field `pack` is not valid"));
        }
        let has_commands = work.commands.len() <= MAX_COMMANDS
            && work.commands.iter().all(|command| command.chars().count() <= MAX_LINE);
        if !has_commands {
            return Err(bad("the field `commands` is not valid"));
        }
        let mut files = Files::new();
        for file in work.files {
            let (path, file): (String, PackFile) = file.file().ok_or_else(|| bad("the field `files` is not valid"))?;
            if files.insert(path, file).is_some() {
                return Err(bad("the field `files` is not valid"));
            }
        }
        files::check_files(&files).map_err(|(_, what)| ("submission.bad-files", what))?;
        Ok(Work {
            pack: work.pack,
            digest: work.digest,
            seed: work.seed,
            files,
            removed: work.removed,
            commands: work.commands,
        })
    }

    /// The workspace: the start of the pack with the changes.
    ///
    /// # Errors
    /// The files are not valid together.
    pub fn workspace(&self, pack: &Pack) -> Result<Files, Unreadable> {
        let mut all = pack.start.clone();
        all.retain(|path, _| !self.removed.contains(path));
        all.extend(self.files.iter().map(|(path, file)| (path.clone(), file.clone())));
        files::check_files(&all).map_err(|(_, what)| ("submission.bad-files", what))?;
        Ok(all)
    }
}

impl Submission {
    /// The submission as one text: `stageplay:1:`, deflated JSON in base64url, `:`, and a checksum.
    pub fn to_text(&self) -> String {
        let json = JsonSubmission {
            student: self.student.clone(),
            name: self.name.clone(),
            version: self.version.clone(),
            work: self.work.iter().map(Work::json).collect(),
        };
        let json = serde_json::to_vec(&json).unwrap_or_default();
        let mut packed = Vec::new();
        // Reading from memory does not fail.
        let _ = DeflateEncoder::new(json.as_slice(), Compression::best()).read_to_end(&mut packed);
        let body = Base64UrlUnpadded::encode_string(&packed);
        format!("{PREFIX}{body}:{}", checksum(&body))
    }

    /// Reads a submission. Blanks and line ends that a form or a mail program put into it do not count, nor does what
    /// stands behind it.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn from_text(text: &str) -> Result<Self, Unreadable> {
        if text.len() > MAX_TEXT {
            return Err(("submission.too-long", MAX_TEXT.to_string()));
        }
        let text: String = text.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c)).collect();
        let Some(rest) = text.strip_prefix(PREFIX) else {
            let other = text.strip_prefix("stageplay:").and_then(|rest| rest.split(':').next());
            return Err(match other.filter(|version| version.parse::<u32>().is_ok()) {
                Some(version) => ("submission.other-version", version.to_string()),
                None => ("submission.no-prefix", String::new()),
            });
        };
        let incomplete = || ("submission.incomplete", String::new());
        let (body, end) = rest.split_once(':').ok_or_else(incomplete)?;
        if end.get(..CHECKSUM) != Some(checksum(body).as_str()) {
            return Err(incomplete());
        }
        let bad = |what: String| ("submission.bad-data", what);
        let packed = Base64UrlUnpadded::decode_vec(body).map_err(|_| bad("base64url".into()))?;
        let mut json = Vec::new();
        let limit = MAX_UNPACKED as u64 + 1;
        DeflateDecoder::new(packed.as_slice())
            .take(limit)
            .read_to_end(&mut json)
            .map_err(|error| bad(format!("deflate: {error}")))?;
        if json.len() > MAX_UNPACKED {
            return Err(("submission.too-large", MAX_UNPACKED.to_string()));
        }
        let json: JsonSubmission = serde_json::from_slice(&json).map_err(|error| bad(error.to_string()))?;
        Self::from_json(json)
    }

    fn from_json(json: JsonSubmission) -> Result<Self, Unreadable> {
        let bad = |what: &str| ("submission.bad-data", what.to_string());
        if json.student.trim().is_empty() {
            return Err(("submission.no-student", String::new()));
        }
        if !is_line(&json.student) || !is_line(&json.name) || !is_line(&json.version) {
            return Err(bad("`student`, `name` and `version` are one line of at most 1,000 characters each"));
        }
        if json.work.is_empty() || json.work.len() > MAX_WORK {
            return Err(bad("the field `work` is not valid"));
        }
        let mut all = Vec::new();
        for work in json.work {
            all.push(Work::from_checked(work)?);
        }
        Ok(Submission {
            student: json.student.trim().to_string(),
            name: json.name.trim().to_string(),
            version: json.version,
            work: all,
        })
    }

    /// Where submissions begin in a text, such as a file with several or a cell of a form.
    pub fn find_all(text: &str) -> Vec<&str> {
        let starts: Vec<usize> = text.match_indices("stageplay:").map(|(at, _)| at).collect();
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        starts.iter().zip(ends).filter_map(|(start, end)| text.get(*start..end)).collect()
    }
}

/// Whether a text may be a name.
fn is_line(text: &str) -> bool {
    text.chars().count() <= MAX_LINE && !text.contains(char::is_control)
}

/// Characters without width that programs put into long words.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{ad}' | '\u{feff}' | '\u{2060}')
}

fn checksum(body: &str) -> String {
    let mut digits = hex(&Sha256::digest(body.as_bytes()));
    digits.truncate(CHECKSUM);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Submission {
        let files = Files::from([
            ("Dockerfile".into(), PackFile::text("FROM alpine # 你好\n")),
            ("run.sh".into(), PackFile { mode: 0o755, bytes: vec![0xff, 0, 1] }),
        ]);
        let work = Work {
            pack: "hello".into(),
            digest: "sha256:x".into(),
            files,
            removed: BTreeSet::from(["old".into()]),
            commands: vec!["docker build .".into()],
            ..Work::default()
        };
        Submission { student: "ada".into(), name: "Ada L.".into(), version: "0.1.0".into(), work: vec![work] }
    }

    fn packed(json: &[u8]) -> String {
        let mut packed = Vec::new();
        DeflateEncoder::new(json, Compression::best()).read_to_end(&mut packed).unwrap();
        let body = Base64UrlUnpadded::encode_string(&packed);
        format!("{PREFIX}{body}:{}", checksum(&body))
    }

    #[test]
    fn a_submission_brings_everything_back() {
        let text = sample().to_text();
        assert_eq!(Submission::from_text(&text).unwrap(), sample());
        assert_eq!(Work::from_json(&sample().work[0].to_json()).unwrap(), sample().work[0]);
        assert_eq!(Work::from_json("{}").unwrap_err().0, "submission.bad-data");
        let wrapped: String = text.chars().map(|c| format!("{c}\r\n\u{200b}")).collect();
        assert_eq!(Submission::from_text(&format!("{wrapped} sent from my phone")).unwrap(), sample());
        let two = format!("My answer: {text}\nand {text}");
        assert_eq!(Submission::find_all(&two).len(), 2);
        assert!(Submission::find_all(&two).iter().all(|one| Submission::from_text(one).is_ok()));
    }

    #[test]
    fn a_damaged_submission_says_why() {
        let text = sample().to_text();
        let code = |text: &str| Submission::from_text(text).unwrap_err().0;
        for (bad, wanted) in [
            (String::new(), "submission.no-prefix"),
            ("hello".into(), "submission.no-prefix"),
            (text.replace("stageplay:1:", "stageplay:2:"), "submission.other-version"),
            (text[..text.len() / 2].to_string(), "submission.incomplete"),
            (text[..text.len() - 1].to_string(), "submission.incomplete"),
            (format!("{PREFIX}x{}", &text[PREFIX.len()..]), "submission.incomplete"),
            (format!("{PREFIX}a!:{}", checksum("a!")), "submission.bad-data"),
            (packed(b"{}"), "submission.bad-data"),
            (packed(&[0xff, 0xfe]), "submission.bad-data"),
            (packed(b"{\"student\": \" \", \"version\": \"\", \"work\": []}"), "submission.no-student"),
            (packed(b"{\"student\": \"a\", \"version\": \"\", \"work\": []}"), "submission.bad-data"),
            (packed(b"{\"student\": \"a\\u0000\", \"version\": \"\", \"work\": []}"), "submission.bad-data"),
            ("x".repeat(MAX_TEXT + 1), "submission.too-long"),
        ] {
            assert_eq!(code(&bad), wanted, "{}", bad.chars().take(60).collect::<String>());
        }
    }

    #[test]
    fn a_decompression_bomb_is_not_unpacked() {
        let text = packed(&vec![b' '; 200 << 20]);
        assert!(text.len() < MAX_TEXT);
        assert_eq!(Submission::from_text(&text).unwrap_err().0, "submission.too-large");
    }

    #[test]
    fn files_stay_in_the_workspace() {
        for path in ["../x", "/etc/passwd", "a/../../b", "", "a\u{0}b"] {
            let mut bad = sample();
            bad.work[0].files = Files::from([(path.to_string(), PackFile::text(""))]);
            assert_eq!(Submission::from_text(&bad.to_text()).unwrap_err().0, "submission.bad-files", "{path:?}");
        }
        let mut large = sample();
        large.work[0].files = Files::from([("a".into(), PackFile::text(&"x".repeat(files::MAX_BYTES + 1)))]);
        assert_eq!(Submission::from_text(&large.to_text()).unwrap_err().0, "submission.bad-files");
    }
}
