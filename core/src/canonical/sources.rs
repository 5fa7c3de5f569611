//! COPY, ADD and mounts in a Dockerfile that is written anew: what they take from the context.

use super::scope::Scope;
use super::words::{expandable, is_plain, json};
use super::writer::Writer;
use super::{CONTEXT, INLINE, InlineFile, Refused, from_flag, inexpressible, refuse};
use crate::dockerfile::{self, Instruction, Kind, Mount, MountType};
use crate::fs::path;
use crate::plan::Stage;
use std::collections::BTreeSet;

impl Writer<'_> {
    /// One mount, each key once and in lower case, every value plain.
    pub(super) fn mount(&mut self, stage: &Stage, text: &str, scope: &Scope, line: usize) -> Result<String, Refused> {
        let wrong = |message: String| refuse("mount", message, "", line);
        // The same reading as when the images were looked up; it also says what no builder takes.
        let from = Mount::read(text, None).map_err(wrong)?.from;
        let mut expand = |value: &str| scope.expand(value);
        let kind = Mount::read(text, Some(&mut expand)).map_err(wrong)?.kind;
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        for field in Mount::fields(text).map_err(wrong)? {
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key.to_lowercase(), Some(value)),
                None => (field.to_lowercase(), None),
            };
            let key = match key.as_str() {
                "src" => "source".to_string(),
                "dst" | "destination" => "target".to_string(),
                "ro" => "readonly".to_string(),
                "rw" => "readwrite".to_string(),
                _ => key,
            };
            if !is_plain(&key, "-") || !seen.insert(key.clone()) {
                return Err(inexpressible(&format!("--mount={text}"), line));
            }
            let Some(value) = value else {
                fields.push(key);
                continue;
            };
            let value = match key.as_str() {
                "from" if from.is_empty() => continue,
                "from" => self.source(stage, &from, line, false)?,
                _ => scope.expand(value).map_err(|message| refuse("expansion", message, "", line))?,
            };
            let value = match key.as_str() {
                "source" if kind == MountType::Bind && from.is_empty() => {
                    self.count_mount(&path::join("/", &value), line)?;
                    format!("/{}", in_context(&value))
                }
                _ => value,
            };
            if !is_plain(&value, "_./@:+=~-") {
                return Err(inexpressible(&format!("--mount={text}"), line));
            }
            fields.push(format!("{key}={value}"));
        }
        if kind == MountType::Bind && from.is_empty() && !seen.contains("source") {
            fields.push(format!("source=/{CONTEXT}"));
        }
        Ok(fields.join(","))
    }

    pub(super) fn copy(
        &mut self,
        stage: &Stage,
        instruction: &Instruction,
        sources: &[String],
        destination: &str,
        scope: &Scope,
    ) -> Result<String, Refused> {
        let line = instruction.line;
        let expand = |word: &str| scope.expand(word).map_err(|message| refuse("expansion", message, "", line));
        let adds = matches!(instruction.kind, Kind::Add { .. });
        // A here-document is a file and no archive, whatever it holds.
        if adds && !instruction.heredocs.is_empty() && !sources.is_empty() {
            return Err(inexpressible(&instruction.original, line));
        }
        let mut text = String::from(if adds && instruction.heredocs.is_empty() { "ADD" } else { "COPY" });
        for flag in &instruction.flags {
            let name = flag.name.as_str();
            let Some(value) = &flag.value else {
                text.push_str(&format!(" --{name}"));
                continue;
            };
            let value = match name {
                "from" if value.is_empty() => continue,
                "from" => self.source(stage, value, line, true)?,
                _ => expand(value)?,
            };
            let signs = match name {
                "exclude" => "_./@:+=~-*?[]!",
                "chmod" => "+=-,",
                _ => "_./@:-",
            };
            if !is_plain(&value, signs) {
                return Err(inexpressible(&format!("--{name}={value}"), line));
            }
            text.push_str(&format!(" --{name}={value}"));
        }
        let from_context = from_flag(instruction).is_none();
        let mut words = Vec::new();
        for word in sources {
            let source = expand(word)?;
            if adds && may_be_remote(&source) {
                if !self.known.network {
                    let what = format!("ADD {source} may fetch from the network, which builds here do not have");
                    return Err(refuse("network", what, "put the file into the context", line));
                }
                words.push(source);
                continue;
            }
            let mut added = None;
            let word = match (from_context, instruction.is_set("parents")) {
                (false, _) => {
                    self.count_source(instruction, &source, None)?;
                    source
                }
                (true, false) => {
                    let path = path::join("/", &source);
                    self.count_source(instruction, &source, Some(&path))?;
                    added = Some(path);
                    in_context(&source)
                }
                // What stands before `/./` is no parent.
                (true, true) => {
                    let (root, named) = source.split_once("/./").unwrap_or(("", &source));
                    let (root, named) = (path::join("/", root), path::join("/", named));
                    let path = format!("{root}{named}");
                    self.count_source(instruction, &source, Some(&path))?;
                    added = Some(path);
                    format!("{}/.{named}", in_context(&root).trim_end_matches("/."))
                }
            };
            if let Some(path) = added.filter(|_| adds) {
                // A path without links, since that is where the file is.
                let resolved = self.known.context.resolved_source(path.trim_start_matches('/'));
                self.added.push(format!("{CONTEXT}/{}", resolved.as_deref().unwrap_or(&path)));
            }
            words.push(word);
        }
        for document in &instruction.heredocs {
            let content = match document.chomp {
                true => dockerfile::chomp(&document.content),
                false => document.content.to_string(),
            };
            let content = match document.expand {
                true => scope.expand_document(&content).map_err(|message| refuse("expansion", message, "", line))?,
                false => content,
            };
            let folder = self.inline(&document.name, 0o644, content, line)?;
            words.push(format!("{folder}/{}", document.name));
        }
        words.push(expand(destination)?);
        let words: Option<Vec<String>> = words.iter().map(|word| expandable(word)).collect();
        let words = words.ok_or_else(|| inexpressible(&instruction.original, line))?;
        text.push_str(&format!(" {}", json(&words)));
        Ok(text)
    }

    /// Puts a file beside the Dockerfile, in a folder of its own; the folder's path.
    pub(super) fn inline(&mut self, name: &str, mode: u32, text: String, line: usize) -> Result<String, Refused> {
        if !is_plain(name, "_.-") || matches!(name, "." | "..") {
            return Err(inexpressible(&format!("the here-document {name}"), line));
        }
        let folder = format!("{INLINE}/{}", self.out.files.len());
        self.out.files.push(InlineFile { path: format!("{folder}/{name}"), mode, text });
        Ok(folder)
    }
}

/// Where a path of the context is in the context that the engine gets.
fn in_context(source: &str) -> String {
    match path::join("/", source).as_str() {
        "/" => format!("{CONTEXT}/."),
        inside if source.ends_with('/') => format!("{CONTEXT}{inside}/"),
        inside => format!("{CONTEXT}{inside}"),
    }
}

/// Whether ADD of any builder may take this from somewhere else.
pub(super) fn may_be_remote(source: &str) -> bool {
    let plain = source.to_ascii_lowercase();
    plain.contains("://")
        || plain.contains(".git#")
        || plain.contains(".git?")
        || plain.ends_with(".git")
        || plain.starts_with("github.com/")
        || plain.split_once('@').is_some_and(|(_, host)| host.contains(':'))
}
