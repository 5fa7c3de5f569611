//! Finds `<stage-play>` elements in HTML and Markdown: their attributes, their files and their recorded answers.
//!
//! It reads what the element reads in a browser (embed/element/source.mjs): each `<pre>` of an element is a file, and in
//! Markdown each fenced block. Comments, scripts, styles, and code that only shows an element are skipped.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// The attribute that marks a recorded answer.
pub(super) const ANSWER: &str = "data-stage-play-answer";
/// Elements of one document.
const MAX_ELEMENTS: usize = 1_000;
/// Bytes that are looked at for ends of tags and of code that do not come: of each such begin it may be the whole rest of
/// the document.
const MAX_FUTILE_BYTES: usize = 8 << 20;
/// Tags around an element that are remembered.
const MAX_OPEN: usize = 200;

/// A `<stage-play>` element, or a `<div class="stage-play">`.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    /// Its line in the document, from 1.
    pub(super) line: usize,
    /// Its settings by name in small letters, of a `<div>` without `data-`.
    pub(super) attributes: BTreeMap<String, String>,
    /// The language of the text around it: `lang` of its own tag or of one around it.
    pub(super) language: Option<String>,
    /// Its blocks of code.
    pub(super) blocks: Vec<Block>,
    /// Where the recorded answer stands, if there is one.
    pub(super) answer: Option<Range<usize>>,
    /// Where its end tag begins.
    pub(super) end: usize,
    /// Whether there is an end tag.
    pub(super) is_closed: bool,
}

/// A `<pre>` or a fenced block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) line: usize,
    /// Its attribute `data-file`.
    pub(super) name: Option<String>,
    pub(super) is_executable: bool,
    pub(super) text: String,
}

/// A tag of HTML.
#[derive(Debug)]
struct Tag<'a> {
    name: String,
    attributes: Vec<(String, String)>,
    is_end: bool,
    range: Range<usize>,
    text: &'a str,
}

impl Tag<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|all| all.split_ascii_whitespace().any(|one| one == class))
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    is_markdown: bool,
    /// The last place whose line was asked for, and its line.
    line: (usize, usize),
    /// Where the paragraph ends in which inline code was looked for.
    paragraph_end: usize,
    /// Bytes that were looked at in vain.
    futile: usize,
}

/// The elements of a document in their order.
///
/// # Errors
/// There are too many of them, or of begins without an end.
pub(super) fn elements(text: &str, is_markdown: bool) -> Result<Vec<Element>, String> {
    let mut scanner = Scanner { text, at: 0, is_markdown, line: (0, 1), paragraph_end: 0, futile: 0 };
    let mut found = Vec::new();
    // The open tags with their languages.
    let mut open: Vec<(String, Option<String>)> = Vec::new();
    while let Some(part) = scanner.next_part() {
        match part {
            Part::Tag(tag) if tag.is_end => {
                if let Some(at) = open.iter().rposition(|(name, _)| *name == tag.name) {
                    open.truncate(at);
                }
            }
            Part::Tag(tag) => {
                let own = tag.attribute("lang").map(str::to_string);
                if is_element(&tag) {
                    let around = open.iter().rev().find_map(|(_, language)| language.clone());
                    found.push(Element { language: own.or(around), ..scanner.element(&tag) });
                } else if open.len() < MAX_OPEN && !is_void(&tag) {
                    open.push((tag.name, own));
                }
            }
            Part::Code(_) => {}
        }
        if found.len() > MAX_ELEMENTS {
            return Err(format!("there are more than {MAX_ELEMENTS} elements"));
        }
    }
    if scanner.futile > MAX_FUTILE_BYTES {
        return Err("there are too many tags and code marks that do not end".into());
    }
    Ok(found)
}

/// Whether a tag opens nothing.
fn is_void(tag: &Tag<'_>) -> bool {
    matches!(tag.name.as_str(), "br" | "img" | "hr" | "input" | "wbr" | "meta" | "link") || tag.text.ends_with("/>")
}

fn is_element(tag: &Tag<'_>) -> bool {
    tag.name == "stage-play" || (tag.name == "div" && tag.has_class("stage-play"))
}

/// A part of a document that matters.
enum Part<'a> {
    Tag(Tag<'a>),
    Code(Block),
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn is_line_start(&self) -> bool {
        self.at == 0 || self.text.get(..self.at).is_some_and(|before| before.ends_with('\n'))
    }

    /// The line of a place. Places are asked for in their order, so that nothing is counted twice.
    fn line(&mut self, at: usize) -> usize {
        let (from, line) = if self.line.0 <= at { self.line } else { (0, 1) };
        let line = line + self.text.get(from..at).unwrap_or("").matches('\n').count();
        self.line = (at, line);
        line
    }

    /// The next tag, `<pre>` or fenced block.
    fn next_part(&mut self) -> Option<Part<'a>> {
        loop {
            let rest = self.rest();
            if rest.is_empty() || self.futile > MAX_FUTILE_BYTES {
                return None;
            }
            if self.is_markdown
                && self.is_line_start()
                && let Some(block) = self.fence()
            {
                return Some(Part::Code(block));
            }
            let stop = rest.find(['<', '`', '\n'])?;
            self.at += stop;
            let rest = self.rest();
            if let Some(after) = rest.strip_prefix("<!--") {
                self.at += 4 + after.find("-->").map_or(after.len(), |end| end + 3);
            } else if self.is_markdown && rest.starts_with('`') {
                self.skip_inline_code();
            } else if let Some(tag) = tag(self.text, self.at, &mut self.futile) {
                self.at = tag.range.end;
                match tag.name.as_str() {
                    "pre" if !tag.is_end => return Some(Part::Code(self.pre(&tag))),
                    "script" | "style" | "textarea" | "title" | "template" if !tag.is_end => self.skip_to_end_of(&tag),
                    _ => return Some(Part::Tag(tag)),
                }
            } else {
                self.at += 1;
            }
        }
    }

    /// Reads an element whose start tag was read.
    fn element(&mut self, start: &Tag<'a>) -> Element {
        // The settings of a `<div>` are its `data-` attributes; those of an element are anybody's.
        let is_division = start.name == "div";
        let attributes = start.attributes.iter().filter_map(|(name, value)| {
            let data = name.strip_prefix("data-");
            let name = if is_division { data } else { data.is_none().then_some(name.as_str()) };
            Some((name?.to_string(), value.clone()))
        });
        let mut element =
            Element { line: self.line(start.range.start), attributes: attributes.collect(), ..Element::default() };
        // Elements of the same name inside of it.
        let mut depth = 0;
        // The open elements around a block: their names, and the nearest `data-file` with its `data-executable`.
        let mut open: Vec<(String, Option<Rc<str>>, bool)> = Vec::new();
        loop {
            let before = self.at;
            match self.next_part() {
                None => {
                    element.end = self.text.len();
                    return element;
                }
                Some(Part::Code(mut block)) => {
                    // `data-file` may stand on an element around the block.
                    if let (None, Some((_, Some(name), executable))) = (&block.name, open.last()) {
                        block.name = Some(name.to_string());
                        block.is_executable |= executable;
                    }
                    element.blocks.push(block);
                }
                Some(Part::Tag(tag)) if tag.is_end => {
                    if tag.name == start.name && depth == 0 {
                        (element.end, element.is_closed) = (tag.range.start, true);
                        return element;
                    }
                    depth -= usize::from(tag.name == start.name);
                    if open.last().is_some_and(|(name, _, _)| *name == tag.name) {
                        open.pop();
                    }
                }
                Some(Part::Tag(tag)) => {
                    if tag.attribute(ANSWER).is_some() && element.answer.is_none() {
                        self.skip_to_end_of(&tag);
                        element.answer = Some(tag.range.start..self.at);
                        continue;
                    }
                    depth += usize::from(tag.name == start.name);
                    if !is_void(&tag) {
                        let (name, executable) = match (tag.attribute("data-file"), open.last()) {
                            (None, Some((_, name, executable))) => (name.clone(), *executable),
                            (name, _) => (name.map(Rc::from), tag.attribute("data-executable").is_some()),
                        };
                        open.push((tag.name.clone(), name, executable));
                    }
                }
            }
            if self.at <= before {
                self.at = before + 1;
            }
        }
    }

    /// Skips to behind the end tag of a tag that was read.
    fn skip_to_end_of(&mut self, start: &Tag<'_>) {
        self.at = end_tag(self.text, self.at, &start.name).map_or(self.text.len(), |range| range.end);
    }

    /// Reads a `<pre>` whose start tag was read.
    fn pre(&mut self, start: &Tag<'_>) -> Block {
        let end = end_tag(self.text, self.at, "pre").unwrap_or(self.text.len()..self.text.len());
        let inner = self.text.get(self.at..end.start).unwrap_or("");
        let line = self.line(start.range.start);
        self.at = end.end;
        // HTML drops a line end directly behind the tag.
        let inner = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n')).unwrap_or(inner);
        Block {
            line,
            name: start.attribute("data-file").map(str::to_string),
            is_executable: start.attribute("data-executable").is_some(),
            text: with_line_end(text_of(inner, &mut self.futile)),
        }
    }

    /// Reads a fenced block that begins here (CommonMark, 4.5).
    fn fence(&mut self) -> Option<Block> {
        let rest = self.rest();
        let opening = rest.lines().next()?;
        let trimmed = opening.trim_start_matches(' ');
        let indent = opening.len() - trimmed.len();
        let mark = trimmed.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let length = trimmed.chars().take_while(|c| *c == mark).count();
        let info = trimmed.get(length..)?;
        if length < 3 || indent > 3 || (mark == '`' && info.contains('`')) {
            return None;
        }
        let line = self.line(self.at);
        let mut text = String::new();
        let mut at = self.at;
        for (index, one) in rest.split_inclusive('\n').enumerate() {
            at += one.len();
            let content = one.trim_end_matches(['\r', '\n']);
            if index == 0 {
                continue;
            }
            let closing = content.trim();
            if closing.len() >= length
                && closing.chars().all(|c| c == mark)
                && content.len() - content.trim_start().len() <= 3
            {
                break;
            }
            let cut = content.len() - content.trim_start_matches(' ').len();
            text.push_str(content.get(cut.min(indent)..).unwrap_or(""));
            text.push('\n');
        }
        self.at = at;
        Some(Block { line, name: None, is_executable: false, text })
    }

    /// Skips code in a line (CommonMark, 6.1), or the backticks if nothing closes them in the paragraph.
    fn skip_inline_code(&mut self) {
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| *byte == b'`').count();
        if self.paragraph_end <= self.at {
            self.paragraph_end = rest.find("\n\n").map_or(self.text.len(), |end| self.at + end);
        }
        let paragraph = self.text.get(self.at..self.paragraph_end).unwrap_or(rest);
        let mut at = length;
        while let Some(next) = paragraph.get(at..).and_then(|after| after.find('`')) {
            let start = at + next;
            let run = paragraph.get(start..).unwrap_or("").bytes().take_while(|byte| *byte == b'`').count();
            at = start + run;
            if run == length {
                self.at += at;
                return;
            }
        }
        self.futile += paragraph.len();
        self.at += length;
    }
}

fn with_line_end(text: String) -> String {
    if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" }
}

/// The place of an end tag at or after a place.
fn end_tag(text: &str, from: usize, name: &str) -> Option<Range<usize>> {
    let mut at = from;
    while let Some(found) = text.get(at..)?.find("</") {
        let start = at + found;
        let after = text.get(start + 2..)?;
        if after.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name))
            && !after.get(name.len()..)?.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
        {
            return Some(start..start + 2 + after.find('>').map_or(after.len(), |end| end + 1));
        }
        at = start + 2;
    }
    None
}

/// The tag that begins at a place, if one does. Bytes that were looked at in vain are added to `futile`.
fn tag<'a>(text: &'a str, at: usize, futile: &mut usize) -> Option<Tag<'a>> {
    let mut end = at;
    let found = whole_tag(text, at, &mut end);
    if found.is_none() {
        *futile += end - at;
    }
    found
}

/// As [`tag`]. `seen` becomes the end of what was looked at.
fn whole_tag<'a>(text: &'a str, at: usize, seen: &mut usize) -> Option<Tag<'a>> {
    let rest = text.get(at..)?.strip_prefix('<')?;
    let (is_end, body) = rest.strip_prefix('/').map_or((false, rest), |body| (true, body));
    let length = body.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(body.len());
    let name = body.get(..length).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    let mut attributes = Vec::new();
    let mut left = body.get(length..)?;
    *seen = text.len();
    loop {
        left = left.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = left.strip_prefix('>') {
            let end = text.len() - after.len();
            return Some(Tag {
                name: name.to_ascii_lowercase(),
                attributes,
                is_end,
                range: at..end,
                text: text.get(at..end)?,
            });
        }
        let length = left.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(left.len());
        let key = left.get(..length).filter(|key| !key.is_empty())?.to_ascii_lowercase();
        left = left.get(length..)?.trim_start();
        let Some(value) = left.strip_prefix('=').map(str::trim_start) else {
            attributes.push((key, String::new()));
            continue;
        };
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value.get(1..)?.split_once(quote)?,
            _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len())),
        };
        attributes.push((key, unescape(value)));
        left = after;
    }
}

/// The text of HTML inside of a `<pre>`: without tags, with characters for references. Not all of it if too much is futile.
fn text_of(html: &str, futile: &mut usize) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<').filter(|_| *futile <= MAX_FUTILE_BYTES) {
        out.push_str(rest.get(..at).unwrap_or(""));
        let from = rest.get(at..).unwrap_or("");
        match tag(from, 0, futile) {
            Some(found) => {
                if found.name == "br" {
                    out.push('\n');
                }
                rest = from.get(found.range.end..).unwrap_or("");
            }
            None => {
                out.push('<');
                rest = from.get(1..).unwrap_or("");
            }
        }
    }
    out.push_str(rest);
    unescape(&out).replace("\r\n", "\n")
}

/// The characters of HTML's references that writers of code need; others stay as they are.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at).unwrap_or(""));
        let from = rest.get(at..).unwrap_or("");
        let end = from.get(..12.min(from.len())).and_then(|start| start.find(';'));
        let found = end.and_then(|end| Some((character(from.get(1..end)?)?, end + 1)));
        let (text, length) = found.unwrap_or(('&', 1));
        out.push(text);
        rest = from.get(length..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        "Tab" => Some('\t'),
        "NewLine" => Some('\n'),
        "lbrace" => Some('{'),
        "rbrace" => Some('}'),
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => number(hex.get(1..)?, 16),
            digits => number(digits, 10),
        },
    }
}

/// A text for HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A text for HTML inside of Markdown, some dialects of which read marks and expressions there, too.
pub(super) fn escape_for_markdown(text: &str) -> String {
    let mut out = String::new();
    for c in escape(text).chars() {
        match c {
            '{' | '}' | '*' | '_' | '`' | '~' | '\\' | '[' | ']' | '|' => out.push_str(&format!("&#{};", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_from_html_as_a_browser_does() {
        let html = "<p>\n<!-- <stage-play> -->\n<stage-play VIEW='start' readonly engine=docker-28>\n<pre data-file=\"Dockerfile\">\nFROM a\n<span class=\"k\">RUN</span> echo \"&lt;&amp;&#x41;\" &amp;&amp; x<br>y</pre><div data-file=run.sh data-executable><pre><code>a</code></pre></div>\n<div data-stage-play-answer><p>old</p></div>\n</stage-play><stage-play>";
        let found = elements(html, false).unwrap();
        assert_eq!(found.len(), 2);
        let one = &found[0];
        assert_eq!(
            (one.line, one.attributes["view"].as_str(), one.attributes.contains_key("readonly")),
            (3, "start", true)
        );
        assert_eq!(one.blocks[0].text, "FROM a\nRUN echo \"<&A\" && x\ny\n");
        assert_eq!(
            (one.blocks[1].name.as_deref(), one.blocks[1].is_executable, one.blocks[1].line),
            (Some("run.sh"), true, 6)
        );
        assert_eq!(&html[one.answer.clone().unwrap()], "<div data-stage-play-answer><p>old</p></div>");
        assert!(html[one.end..].starts_with("</stage-play>") && one.is_closed && !found[1].is_closed);
    }

    #[test]
    fn fenced_blocks_of_markdown_are_files_and_code_about_elements_is_none() {
        let text = "Use `<stage-play>`:\n\n```html\n<stage-play>\n<pre>FROM x</pre>\n</stage-play>\n```\n\n<stage-play files=\"Dockerfile main.go\">\n\n```dockerfile\nFROM a\n\nCMD [\"x\"]\n```\n\n~~~~ go\npackage main\n~~~\n~~~~\n\n</stage-play>\n\n<div class=\"note stage-play\" data-view=\"layers\"><div><pre>FROM b\n</pre></div></div>\n";
        let found = elements(text, true).unwrap();
        assert_eq!(found.iter().map(|one| one.line).collect::<Vec<_>>(), [9, 24]);
        assert_eq!(found[0].blocks[0].text, "FROM a\n\nCMD [\"x\"]\n");
        assert_eq!(found[0].blocks[1].text, "package main\n~~~\n");
        assert_eq!((found[1].attributes["view"].as_str(), found[1].blocks[0].text.as_str()), ("layers", "FROM b\n"));
        assert!(text[found[1].end..].starts_with("</div>\n"));
    }

    #[test]
    fn broken_markup_ends() {
        for text in [
            "<stage-play",
            "<stage-play a=\"",
            "<stage-play><pre",
            "<stage-play><pre>x",
            "<stage-play></div></stage-play",
            "````\n<stage-play>",
            "<",
            "&",
            "<stage-play>&#x110000;`",
            "<stage-play><stage-play></stage-play>",
        ] {
            for is_markdown in [false, true] {
                assert!(elements(text, is_markdown).unwrap().len() <= 1, "{text}");
            }
        }
        assert_eq!(unescape("&#0;&bogus;&lt&gt;"), "\0&bogus;&lt>");
    }

    #[test]
    fn documents_that_cost_much_are_read_in_linear_time_or_refused() {
        let many = |text: &str| text.repeat(100_000);
        let pres = format!("<stage-play>{}</stage-play>", many("<pre></pre>\n"));
        assert_eq!(elements(&pres, false).unwrap()[0].blocks[99_999].line, 100_000);
        let deep = format!("<stage-play>{}{}</stage-play>", many("<p data-x>"), many("<pre></pre>"));
        assert!(elements(&deep, false).is_ok());
        assert!(elements(&many("`a`"), true).is_ok());
        let marks: String = (1..3_000).map(|length| "`".repeat(length) + " ").collect();
        for text in
            [many("<a "), many("<a b=\""), format!("<stage-play><pre>{}</pre></stage-play>", many("<a ")), marks]
        {
            assert!(elements(&text, true).unwrap_err().contains("do not end"));
        }
        assert!(elements(&"<stage-play></stage-play>".repeat(1_001), false).unwrap_err().contains("1000"));
    }
}
