//! Here-documents of RUN, COPY and ADD: `<<NAME`, `<<-NAME`, `<<"NAME"`.

/// One here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it; also the file name for COPY and ADD.
    pub name: String,
    /// `<<-`: leading tabs are removed.
    pub strip_tabs: bool,
    /// The name was not quoted: variables in the content are expanded.
    pub expand: bool,
    /// The lines between.
    pub content: String,
}

/// The here-documents that an instruction's text announces, without their content.
pub(super) fn declared(text: &str) -> Vec<Heredoc> {
    let keyword = text.split_whitespace().next().unwrap_or("");
    if !["RUN", "COPY", "ADD"].iter().any(|word| keyword.eq_ignore_ascii_case(word)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut quote: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), _) => {
                if c == open {
                    quote = None;
                } else if c == '\\' && open == '"' {
                    chars.next();
                }
            }
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => {
                chars.next();
            }
            (None, '<') if text.get(at..).is_some_and(|rest| rest.starts_with("<<")) => {
                if text.get(at..).is_some_and(|rest| rest.starts_with("<<<")) {
                    chars.next();
                    chars.next();
                    continue;
                }
                // Only a word that starts with `<<`, as BuildKit's pattern has it.
                let before = text.get(..at).unwrap_or("").chars().next_back();
                if before.is_some_and(|c| !c.is_whitespace() && !c.is_ascii_digit() && c != ';' && c != '&' && c != '|')
                {
                    continue;
                }
                if let Some(doc) = one(text.get(at + 2..).unwrap_or("")) {
                    found.push(doc);
                }
                chars.next();
            }
            _ => {}
        }
    }
    found
}

/// Reads what stands behind `<<`.
pub(super) fn one(rest: &str) -> Option<Heredoc> {
    let (strip_tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let first = rest.chars().next()?;
    let (name, expand) = if first == '"' || first == '\'' {
        (rest.get(1..)?.split(first).next()?.to_string(), false)
    } else {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.' || c == '-')).unwrap_or(rest.len());
        (rest.get(..end)?.to_string(), true)
    };
    let starts_well = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    starts_well.then_some(Heredoc { name, strip_tabs, expand, content: String::new() })
}
