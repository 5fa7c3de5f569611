//! What the output of builds names: files of the build context, and instructions of the Dockerfile.

use serde::Deserialize;
use stageplay_dockerfile::{Keyword, syntax};
use std::collections::BTreeMap;

/// What a link in the output names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// A file of the build context, and a line of it, counted from 1.
    File(String, Option<usize>),
    /// A line of the Dockerfile that is built, counted from 1.
    Line(usize),
}

/// The lines of the Dockerfile that the steps of a build's output are about: `3` for `Step 3/7` of the classic builder,
/// `builder 2` for `[builder 2/4]` of BuildKit.
pub fn step_lines(dockerfile: &str) -> BTreeMap<String, usize> {
    let file = syntax::parse(dockerfile);
    let mut lines = BTreeMap::new();
    let names: Vec<Option<String>> = file
        .nodes
        .iter()
        .filter(|node| node.head.kind == Some(Keyword::From))
        .map(|node| {
            let words: Vec<&str> = file.words(node).collect();
            let name = words.windows(2).find(|pair| pair[0].eq_ignore_ascii_case("as")).map(|pair| pair[1]);
            name.map(str::to_lowercase)
        })
        .collect();
    let (mut stage, mut step) = (None, 0);
    for (index, node) in file.nodes.iter().enumerate() {
        let line = node.line as usize;
        lines.insert((index + 1).to_string(), line);
        match node.head.kind {
            Some(Keyword::From) => (stage, step) = (Some(stage.map_or(0, |stage| stage + 1)), 1),
            // BuildKit counts what makes a step of its own.
            Some(Keyword::Run | Keyword::Copy | Keyword::Add | Keyword::Workdir) => step += 1,
            _ => continue,
        }
        let Some(stage) = stage else { continue };
        let name = match names.get(stage) {
            Some(Some(name)) => format!("{name} {step}"),
            _ if names.len() == 1 => format!("[{step}]"),
            _ => format!("stage-{stage} {step}"),
        };
        lines.insert(name, line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_as_the_builders_count_them() {
        let text = "ARG V=1\nFROM a AS Build\nWORKDIR /w\nENV X=1\nRUN make \\\n  all\nFROM b\nCOPY --from=build /x /x\nCMD x\n";
        let lines = step_lines(text);
        for (step, line) in
            [("1", 1), ("2", 2), ("5", 5), ("8", 9), ("build 1", 2), ("build 3", 5), ("stage-1 1", 7), ("stage-1 2", 8)]
        {
            assert_eq!(lines.get(step), Some(&line), "{step}: {lines:?}");
        }
        assert_eq!(step_lines("FROM a\nRUN x\n").get("[2]"), Some(&2));
        assert!(step_lines("").is_empty());
    }
}
