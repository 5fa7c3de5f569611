//! One line of comma-separated values, as BuildKit's `go-csvvalue` reads it.

/// Splits a line into its fields.
///
/// # Errors
/// Go's words for a quote in a wrong place, or for nothing at all.
pub(super) fn fields(line: &str) -> Result<Vec<String>, String> {
    let mut rest = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
    if rest.is_empty() {
        return Err("EOF".into());
    }
    let whole = rest.len();
    let fail = |rest: &str, back: usize, reason: &str| {
        let column = whole - rest.len() + 1 - back;
        Err(format!("parse error on line 1, column {column}: {reason}"))
    };
    const BARE: &str = "bare \" in non-quoted-field";
    const ODD: &str = "extraneous or missing \" in quoted-field";
    let mut fields = Vec::new();
    loop {
        let Some(mut quoted) = rest.strip_prefix('"') else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (field, tail) = rest.split_at(end);
            if let Some(at) = field.find('"') {
                return fail(rest.get(at..).unwrap_or(""), 0, BARE);
            }
            fields.push(field.to_string());
            match tail.strip_prefix(',') {
                Some(tail) => rest = tail,
                None => return Ok(fields),
            }
            continue;
        };
        let mut field = String::new();
        rest = loop {
            let Some((part, tail)) = quoted.split_once('"') else {
                return fail(quoted, 0, ODD);
            };
            field.push_str(part);
            if let Some(tail) = tail.strip_prefix('"') {
                field.push('"');
                quoted = tail;
            } else if let Some(tail) = tail.strip_prefix(',') {
                break tail;
            } else if tail.is_empty() {
                fields.push(field);
                return Ok(fields);
            } else {
                return fail(tail, 1, ODD);
            }
        };
        fields.push(field);
    }
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn fields_are_split_and_unquoted() {
        assert_eq!(fields("type=bind,\"a,\"\"b\",").unwrap(), ["type=bind", "a,\"b", ""]);
        assert_eq!(fields("a\"").unwrap_err(), "parse error on line 1, column 2: bare \" in non-quoted-field");
        assert!(fields("\"a").is_err() && fields("\"a\"b").is_err() && fields("").is_err());
    }
}
