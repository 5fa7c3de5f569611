//! File modes as `chmod`, `install`, `mkdir` and `umask` read them: octal or symbolic.

/// Applies an octal or symbolic mode (chmod(1)) to `old`. The umask applies to clauses without a user class, such as
/// `+x`. `None` if the mode is invalid.
pub(crate) fn parse_mode(text: &str, old: u32, is_dir: bool, umask: u32) -> Option<u32> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    }
    let mut mode = old;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at(at);
        let no_class = who.is_empty();
        let mut mask = 0;
        for c in who.chars() {
            mask |= match c {
                'u' => 0o4700,
                'g' => 0o2070,
                'o' => 0o1007,
                'a' => 0o7777,
                _ => return None,
            };
        }
        if no_class {
            mask = 0o7777 & !umask;
        }
        let mut operator = '+';
        let mut bits = 0;
        let mut seen = false;
        let apply = |mode: &mut u32, operator: char, bits: u32| match operator {
            '+' => *mode |= bits & mask,
            '-' => *mode &= !(bits & mask),
            // Without a user class `=` clears all bits and does not set those of the umask.
            _ => *mode = *mode & !(if no_class { 0o7777 } else { mask }) | bits & mask,
        };
        for c in rest.chars() {
            bits |= match c {
                '+' | '-' | '=' => {
                    if seen {
                        apply(&mut mode, operator, bits);
                    }
                    (operator, bits, seen) = (c, 0, true);
                    continue;
                }
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                'X' => {
                    if is_dir || old & 0o111 != 0 {
                        0o111
                    } else {
                        0
                    }
                }
                's' => 0o6000,
                't' => 0o1000,
                'u' => mode >> 6 & 7 | (mode >> 6 & 7) << 3 | (mode >> 6 & 7) << 6,
                'g' => mode >> 3 & 7 | (mode >> 3 & 7) << 3 | (mode >> 3 & 7) << 6,
                'o' => mode & 7 | (mode & 7) << 3 | (mode & 7) << 6,
                _ => return None,
            };
        }
        apply(&mut mode, operator, bits);
    }
    Some(mode)
}

#[cfg(test)]
mod tests {
    use super::parse_mode;

    #[test]
    fn modes_are_octal_or_symbolic() {
        for (text, old, expected) in [
            ("755", 0o644, 0o755),
            ("+x", 0o644, 0o755),
            ("u+x", 0o644, 0o744),
            ("a-w", 0o666, 0o444),
            ("go=", 0o777, 0o700),
            ("u=rw,go=r", 0o777, 0o644),
            ("u+s", 0o755, 0o4755),
            ("+X", 0o644, 0o644),
            ("g=u", 0o740, 0o770),
        ] {
            assert_eq!(parse_mode(text, old, false, 0o022), Some(expected), "{text}");
        }
        assert_eq!(parse_mode("z+x", 0, false, 0o022), None);
        assert_eq!(parse_mode("99", 0, false, 0o022), None);
    }
}
