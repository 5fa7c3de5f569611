//! Output of commands as lines: of its control characters only colours, tabs and the ends of lines have an effect.

/// The longest line that is shown, in characters.
const MAX_COLUMNS: usize = 10_000;

/// The lines of a text. A carriage return writes a line anew; of control sequences those that set one of 256 colours
/// remain (ECMA-48, SGR).
pub(super) fn lines(text: &str) -> impl Iterator<Item = String> {
    text.split_terminator('\n').map(|line| {
        let line = line.trim_end_matches('\r');
        let last = line.rsplit_once('\r').map_or(line, |(_, last)| last);
        clean(last, true)
    })
}

/// A line without control characters and sequences.
pub(super) fn without_control(line: &str) -> String {
    clean(line, false)
}

fn clean(line: &str, keeps_colors: bool) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    let mut columns = 0;
    while let Some(c) = rest.next() {
        if columns >= MAX_COLUMNS {
            out.push('…');
            break;
        }
        match c {
            '\t' => {
                let width = 8 - columns % 8;
                out.extend(std::iter::repeat_n(' ', width));
                columns += width;
            }
            '\u{1b}' => match rest.peek() {
                Some('[') => {
                    rest.next();
                    let mut parameters = String::new();
                    let mut last = None;
                    for c in rest.by_ref().take(64) {
                        if ('\u{40}'..='\u{7e}').contains(&c) {
                            last = Some(c);
                            break;
                        }
                        parameters.push(c);
                    }
                    if keeps_colors && last == Some('m') && is_simple_color(&parameters) {
                        out.push_str(&format!("\u{1b}[{parameters}m"));
                    }
                }
                Some(']' | 'P' | '_' | '^' | 'X') => {
                    // A string that ends with BEL or ESC \.
                    let mut before = ' ';
                    for c in rest.by_ref() {
                        if c == '\u{7}' || (before == '\u{1b}' && c == '\\') {
                            break;
                        }
                        before = c;
                    }
                }
                Some(_) => {
                    rest.next();
                }
                None => {}
            },
            c if c.is_control() => {}
            c => {
                out.push(c);
                columns += 1;
            }
        }
    }
    out
}

/// Whether the parameters of SGR are numbers and no colour is given as red, green and blue.
fn is_simple_color(parameters: &str) -> bool {
    let numbers: Vec<&str> = parameters.split(';').collect();
    let is_rgb = numbers.windows(2).any(|pair| matches!(pair, ["38" | "48", "2"]));
    !is_rgb && numbers.iter().all(|number| number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A line in plain text: without colours.
pub fn plain(line: &str) -> String {
    if line.contains('\u{1b}') { clean(line, false) } else { line.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_remain_and_other_sequences_do_nothing() {
        for (text, wanted) in [
            ("a\tb", "a       b"),
            ("10%\r100%", "100%"),
            ("crlf\r", "crlf"),
            ("\u{1b}[31mred\u{1b}[0m", "\u{1b}[31mred\u{1b}[0m"),
            ("\u{1b}[38;5;200mx", "\u{1b}[38;5;200mx"),
            ("\u{1b}[38;2;1;2;3mx", "x"),
            ("\u{1b}[2J\u{1b}[1;1Hx\u{7}\u{8}", "x"),
            ("\u{1b}]0;title\u{7}x\u{1b}]8;;http://a\u{1b}\\y", "xy"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
            ("\u{9b}31mx", "31mx"),
        ] {
            assert_eq!(lines(text).collect::<Vec<_>>(), [wanted], "{text:?}");
        }
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(lines("a\n\nb\n").collect::<Vec<_>>(), ["a", "", "b"]);
    }

    #[test]
    fn a_line_is_bounded() {
        let long = "x".repeat(MAX_COLUMNS * 3);
        assert_eq!(lines(&long).next().unwrap().chars().count(), MAX_COLUMNS + 1);
    }
}
