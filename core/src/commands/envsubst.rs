//! `envsubst`.

use crate::shell::Shell;
use crate::shell::getopt::{only, options};

/// `$NAME` and `${NAME}` by the environment; with a format only the names that it holds.
pub(crate) fn envsubst(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, formats) = options(argv, "");
    only(shell, "envsubst", &flags, &[]);
    let text = String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned();
    let wanted: Option<Vec<String>> =
        formats.first().map(|format| references(format).into_iter().map(|(_, name)| name).collect());
    let exported: std::collections::BTreeMap<String, String> = shell
        .environment()
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let (mut out, mut at) = (String::new(), 0);
    for (range, name) in references(&text) {
        out.push_str(text.get(at..range.start).unwrap_or(""));
        at = range.end;
        match wanted.as_ref().is_none_or(|wanted| wanted.contains(&name)) {
            true => out.push_str(exported.get(&name).map_or("", String::as_str)),
            false => out.push_str(text.get(range).unwrap_or("")),
        }
    }
    out.push_str(text.get(at..).unwrap_or(""));
    shell.out(out);
    0
}

/// Where a text refers to variables, and to which.
fn references(text: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find('$')).map(|at| from + at) {
        from = start + 1;
        let rest = text.get(start + 1..).unwrap_or("");
        let (braced, rest) = rest.strip_prefix('{').map_or((false, rest), |rest| (true, rest));
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or("");
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !is_name || braced && !rest.get(end..).unwrap_or("").starts_with('}') {
            continue;
        }
        let length = 1 + end + if braced { 2 } else { 0 };
        all.push((start..start + length, name.to_string()));
        from = start + length;
    }
    all
}
