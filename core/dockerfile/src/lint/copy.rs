//! COPY and ADD: what is refused before anything is copied, and CopyIgnoredFile for files that `.dockerignore`
//! excludes.

use super::dispatch::Work;
use super::git_ref::{SourceKind, check_git_flags, source_kind};
use super::rules;
use super::workdir::windows_path;
use crate::reference::check_digest;
use crate::text::go_quote;
use crate::{Instruction, Lex, chomp, path};
use std::borrow::Cow;

/// Checks `--chmod`: octal digits, or chmod's letters.
///
/// # Errors
/// BuildKit's words.
fn check_mode(mode: &str) -> Result<(), String> {
    let not_octal =
        || Err(format!("invalid chmod parameter: '{mode}'. it should be octal string and between 0 and 07777"));
    if mode.is_empty() {
        return Ok(());
    }
    if mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        return match u32::from_str_radix(mode, 8) {
            Ok(0..=0o7777) => Ok(()),
            _ => not_octal(),
        };
    }
    if mode.starts_with(|c: char| c.is_ascii_digit()) {
        return not_octal();
    }
    if is_symbolic(mode) { Ok(()) } else { Err("invalid syntax".into()) }
}

/// `u=rwX,go-w` and the like (chmod(1)).
fn is_symbolic(mode: &str) -> bool {
    mode.split(',').all(|clause| {
        let mut rest = clause.trim_start_matches(['a', 'u', 'g', 'o']);
        if rest.is_empty() {
            return false;
        }
        while let Some(tail) = rest.strip_prefix(['+', '-', '=']) {
            rest = tail.trim_start_matches(['r', 'w', 'x', 'X', 's', 't', 'u', 'g', 'o']);
        }
        rest.is_empty()
    })
}

/// Checks sources and checksum, all words expanded. `local` is called for each file of the context
/// or of a stage.
///
/// # Errors
/// BuildKit's words.
fn check(
    instruction: &Instruction<&str>,
    is_add: bool,
    sources: &[impl AsRef<str>],
    checksum: &str,
    mut local: impl FnMut(&str),
) -> Result<(), String> {
    if !checksum.is_empty() {
        let [only] = sources else {
            return Err("checksum can't be specified for multiple sources".into());
        };
        let kind = source_kind(only.as_ref()).unwrap_or(SourceKind::Git);
        let is_web = matches!(kind, SourceKind::Http | SourceKind::Git);
        if !is_web {
            return Err("checksum requires HTTP(S) or Git sources".into());
        }
    }
    for source in sources {
        let source = source.as_ref();
        match source_kind(source)? {
            SourceKind::Git if !is_add => return Err("source can't be a git ref for COPY".into()),
            SourceKind::Http if !is_add => return Err("source can't be a URL for COPY".into()),
            SourceKind::Git => check_git_flags(instruction, source, checksum)?,
            SourceKind::Http if !checksum.is_empty() => check_digest(checksum)?,
            SourceKind::Http => {}
            SourceKind::Local => local(source),
        }
    }
    Ok(())
}

impl Work<'_, '_, '_> {
    /// Replaces the variables of COPY and ADD: mode, checksum, sources, destination.
    #[allow(clippy::type_complexity, reason = "four words of one instruction, used once")]
    pub(super) fn copy_words<'a>(
        &mut self,
        instruction: &'a Instruction<&str>,
        sources: &'a [&str],
        destination: &'a str,
    ) -> Result<(Cow<'a, str>, Cow<'a, str>, Vec<Cow<'a, str>>, Cow<'a, str>), String> {
        self.expand(instruction.flag("chown").unwrap_or(""))?;
        let mode = self.expand(instruction.flag("chmod").unwrap_or(""))?;
        let checksum = self.expand(instruction.flag("checksum").unwrap_or(""))?;
        let mut words = Vec::with_capacity(sources.len());
        for source in sources {
            words.push(self.expand(source)?);
        }
        let destination = self.expand(destination)?;
        for document in instruction.heredocs.iter().filter(|document| document.expand) {
            let content = if document.chomp { chomp(&document.content) } else { document.content.to_string() };
            self.expand_with(Lex { skip_quotes: true, ..Lex::new('\\') }, &content)?;
        }
        Ok((mode, checksum, words, destination))
    }

    pub(super) fn copy(
        &mut self,
        instruction: &Instruction<&str>,
        sources: &[&str],
        destination: &str,
        is_add: bool,
    ) -> Result<(), String> {
        let (mode, checksum, sources, destination) = self.copy_words(instruction, sources, destination)?;
        if self.is_windows() {
            windows_path(&destination).map_err(|reason| format!("removing drive letter: {reason}"))?;
        }
        check_mode(&mode)?;
        let ignore = self.walk.options.ignore.filter(|_| self.step.sources.is_empty());
        let mut ignored = Vec::new();
        let result = check(instruction, is_add, &sources, &checksum, |source| {
            let source = path::clean(source);
            if ignore.is_some_and(|ignore| ignore.surely_excludes(&source)) {
                let verb = if is_add { "Add" } else { "Copy" };
                ignored
                    .push(format!("Attempting to {verb} file {} that is excluded by .dockerignore", go_quote(&source)));
            }
        });
        for message in ignored {
            self.warn(&rules::COPY_IGNORED_FILE, message);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal_or_symbolic() {
        for good in ["", "755", "0644", "u=rwX,go=rX", "+x", "a+r-w", "go=u-w"] {
            assert_eq!(check_mode(good), Ok(()), "{good}");
        }
        for bad in ["77777", "9", "7x"] {
            assert!(check_mode(bad).unwrap_err().contains("octal"), "{bad}");
        }
        for bad in ["x", "u", "+q", "u=x,", "a b"] {
            assert_eq!(check_mode(bad).unwrap_err(), "invalid syntax", "{bad}");
        }
    }
}
