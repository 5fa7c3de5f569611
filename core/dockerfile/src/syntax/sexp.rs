//! Nodes as s-expressions, in the form of BuildKit's parser tests.

use super::{File, Head, Node};
use crate::text::go_quote;

pub(super) fn print(file: &File) -> String {
    let mut out = String::new();
    for node in &file.nodes {
        let heads: Vec<&Head> = std::iter::once(&node.head).chain(&node.triggers).collect();
        for (index, head) in heads.iter().enumerate() {
            out.push_str(if index == 0 { "(" } else { " (" });
            print_head(file, node, head, index + 1 < heads.len(), &mut out);
        }
        heads.iter().for_each(|_| out.push(')'));
        out.push('\n');
    }
    out
}

fn print_head(file: &File, node: &Node, head: &Head, has_trigger: bool, out: &mut String) {
    out.push_str(&head.keyword(&node.text).to_lowercase());
    if !head.flags.is_empty() {
        let flags: Vec<String> = head.flags.iter().map(|flag| go_quote(flag)).collect();
        out.push_str(&format!(" [{}]", flags.join(" ")));
    }
    if !has_trigger {
        for word in file.words_of(node, head) {
            if !out.ends_with('(') {
                out.push(' ');
            }
            out.push_str(&go_quote(word));
        }
    }
}
