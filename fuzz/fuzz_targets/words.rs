//! Words with variables and patterns: never a panic, and never more than what a word may come to.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stageplay_core::dockerfile::{Budget, Lex};
use std::collections::BTreeMap;

/// Longest text that one word may come to, in bytes: 1 MiB of values, and what is written in it.
const MAX_WORD: usize = (1 << 20) + (64 << 10);

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    word: &'a str,
    values: [&'a str; 3],
    backtick: bool,
    flags: [bool; 4],
}

fuzz_target!(|case: Case| {
    let names = ["A", "B", "_c1"].map(String::from);
    let variables: BTreeMap<String, String> = names.into_iter().zip(case.values.map(String::from)).collect();
    let [raw_quotes, raw_escapes, skip_quotes, skip_unset] = case.flags;
    let escape = if case.backtick { '`' } else { '\\' };
    let lex = Lex { escape, raw_quotes, raw_escapes, skip_quotes, skip_unset };
    let budget = Budget::default();
    if let Ok(expansion) = lex.word(case.word, &variables, &budget) {
        assert!(expansion.text.len() <= MAX_WORD);
        // The same word comes to the same value.
        let again = lex.word(case.word, &variables, &Budget::default());
        assert_eq!(again.as_ref().map(|again| &again.text), Ok(&expansion.text));
    }
    if let Ok(words) = lex.words(case.word, &variables, &budget) {
        assert!(words.iter().all(|word| !word.is_empty()));
    }
});
