//! The line of a Dockerfile that decides how its image starts.

use stageplay_dockerfile::syntax;
use stageplay_dockerfile::syntax::Node;

/// The line, counted from 1, of the last ENTRYPOINT of the last stage; else of its last CMD; else of its FROM.
pub fn start_line(text: &str) -> usize {
    let file = syntax::parse(text);
    let is = |node: &Node, name: &str| {
        node.text.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case(name))
    };
    let stage = file.nodes.iter().rposition(|node| is(node, "FROM")).unwrap_or(0);
    let nodes = file.nodes.get(stage..).unwrap_or_default();
    let last = |name| nodes.iter().rfind(|node| is(node, name));
    let node = last("ENTRYPOINT").or_else(|| last("CMD")).or_else(|| nodes.first());
    node.map_or(1, |node| node.line as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entrypoint_decides_then_the_command_then_the_base() {
        assert_eq!(start_line("FROM a\nENTRYPOINT x\nFROM b\nCMD y\nENTRYPOINT z\nCMD w\n"), 5);
        assert_eq!(start_line("FROM a\nENTRYPOINT x\nFROM b\nCMD y\n"), 4);
        assert_eq!(start_line("FROM a\nENTRYPOINT x\nFROM b\nRUN y\n"), 3);
        assert_eq!(start_line(""), 1);
    }
}
