//! Parser directives: `# syntax=`, `# escape=` and `# check=` at the top of a file.

use crate::text::Span;

/// Which directive it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The frontend image that reads the file.
    Syntax,
    /// The escape character.
    Escape,
    /// What the build checks skip, and whether they fail the build.
    Check,
}

/// One parser directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive<'t> {
    /// Which one.
    pub name: Name,
    /// What stands behind `=`, without blanks around it.
    pub value: &'t str,
    /// 1-based line.
    pub line: u32,
    /// Its bytes, from `#` to the end of the value.
    pub span: Span,
}

/// Reads directives until something else comes.
#[derive(Default)]
pub(super) struct Reader {
    closed: bool,
    seen: Vec<Name>,
}

impl Reader {
    /// Nothing that follows can be a directive any more.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    pub(super) fn read<'t>(
        &mut self,
        content: &'t str,
        start: usize,
        line: u32,
    ) -> Result<Option<Directive<'t>>, String> {
        if self.closed {
            return Ok(None);
        }
        let Some((name, value)) = content.strip_prefix('#').and_then(parts) else {
            self.closed = true;
            return Ok(None);
        };
        if self.seen.contains(&name) {
            let name = ["syntax", "escape", "check"].get(name as usize).copied().unwrap_or("");
            return Err(format!("only one {name} parser directive can be used"));
        }
        self.seen.push(name);
        Ok(Some(Directive { name, value, line, span: start..start + content.len() }))
    }
}

/// The directive in a comment that stands before an instruction, `#` taken off.
pub(crate) fn of_comment(comment: &str) -> Option<(Name, &str)> {
    parts(comment)
}

/// `name = value`, if the name is a directive's.
fn parts(comment: &str) -> Option<(Name, &str)> {
    let (name, value) = comment.trim_start().split_once('=')?;
    // Only ASCII blanks may stand around the sign.
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\u{c}' | '\r');
    let name = name.trim_end_matches(blank);
    let value = value.trim_matches(blank);
    if value.is_empty() {
        return None;
    }
    let known = [("syntax", Name::Syntax), ("escape", Name::Escape), ("check", Name::Check)];
    known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, name)| (*name, value))
}
