//! `tsort`: a topological sort.

use crate::commands::text_inputs::{joined, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{only, options};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Words in an order that each pair keeps to; those that nothing holds back come first, as they came.
pub(crate) fn tsort(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "tsort", &flags, &[]);
    let (bytes, status) = joined(shell, "tsort", &names);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    if !words.len().is_multiple_of(2) {
        shell.err("tsort: input contains an odd number of tokens\n");
        return 1;
    }
    // How many stand before a word, and which stand behind it.
    let mut before: BTreeMap<&str, usize> = BTreeMap::new();
    let mut behind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pair in words.chunks(2) {
        let &[first, second] = pair else { continue };
        before.entry(first).or_default();
        let count = before.entry(second).or_default();
        if first != second {
            *count += 1;
            behind.entry(first).or_default().push(second);
        }
    }
    let mut free: VecDeque<&str> = before.iter().filter(|(_, count)| **count == 0).map(|(word, _)| *word).collect();
    let (mut out, mut done) = (Vec::new(), BTreeSet::new());
    while let Some(word) = free.pop_front() {
        out.push(word.to_string());
        done.insert(word);
        // What was said last is freed first, as GNU's has it.
        for next in behind.get(word).into_iter().flatten().rev() {
            if let Some(count) = before.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    free.push_back(next);
                }
            }
        }
    }
    print_lines(shell, &out);
    if done.len() < before.len() {
        shell.gap("unknown-output", "tsort: a circle");
        return 1;
    }
    status
}
