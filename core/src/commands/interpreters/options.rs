//! Where the options of an interpreter end and its main file is named.

/// The options of an interpreter that stand before its main file.
pub(super) struct Options {
    /// Options without a value; one that ends in `*` stands for all that begin so.
    pub(super) flags: &'static [&'static str],
    /// Options whose value is the next word.
    pub(super) values: &'static [&'static str],
}

/// The position of the main file in the words; `None` if there is none, or if an option is not known: its value could
/// be taken for the file.
pub(super) fn main_file(argv: &[String], options: &Options) -> Option<usize> {
    let mut at = 1;
    loop {
        let word = argv.get(at)?.as_str();
        if word == "--" {
            return argv.get(at + 1).map(|_| at + 1);
        }
        if word == "-" || !word.starts_with('-') {
            return (word != "-" && !word.is_empty()).then_some(at);
        }
        at += match word {
            _ if options.values.contains(&word) => 2,
            _ if word.starts_with("--") && word.contains('=') => 1,
            _ if options.flags.iter().any(|flag| is_like(word, flag)) => 1,
            _ => return None,
        };
    }
}

fn is_like(word: &str, flag: &str) -> bool {
    flag.strip_suffix('*').map_or(word == flag, |start| word.starts_with(start))
}
