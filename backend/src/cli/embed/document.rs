//! A document with embeds: its recorded answers are written, or held against the simulation.

use super::answer::Embed;
use super::markup::{Element, elements};
use crate::cli::progress::Progress;
use crate::cli::usage_error::UsageError;
use stageplay::disk::read_named_file;
use stageplay_core::base_images::Catalogue;
use stageplay_core::words::Language;
use std::path::{Path, PathBuf};

/// A document of more bytes is refused.
const MAX_BYTES: u64 = 16 << 20;

#[derive(Debug)]
pub(super) struct Document {
    path: PathBuf,
    pub(super) text: String,
    is_markdown: bool,
    elements: Vec<Element>,
}

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Problem {
    path: PathBuf,
    line: usize,
    text: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.text)
    }
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// It cannot be read, is too large, is not UTF-8, or its markup is too broken.
    pub(super) fn read(path: &Path) -> Result<Self, UsageError> {
        let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
        let bytes = read_named_file(path, MAX_BYTES).map_err(fail)?;
        let text = String::from_utf8(bytes).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Document::of(path, text)
    }

    fn of(path: &Path, text: String) -> Result<Self, UsageError> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        let is_markdown = matches!(extension.to_ascii_lowercase().as_str(), "md" | "mdx" | "markdown");
        let elements = elements(&text, is_markdown).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Document { path: path.to_path_buf(), text, is_markdown, elements })
    }

    /// The elements that have an answer. Lessons have none: their workspace is not in the document.
    fn answered(&self) -> impl Iterator<Item = &Element> {
        self.elements.iter().filter(|element| !element.attributes.contains_key("lesson"))
    }

    /// The number of elements that are simulated.
    pub(super) fn count(&self) -> usize {
        self.answered().count()
    }

    /// The answer of each element, in their order.
    fn answers(
        &self,
        catalogue: &Catalogue,
        language: Language,
        progress: &Progress,
    ) -> Vec<(Element, Result<String, Vec<Problem>>)> {
        self.answered()
            .cloned()
            .map(|element| {
                let problem = |(line, text)| Problem { path: self.path.clone(), line, text };
                let answer = Embed::of(&element, language)
                    .and_then(|embed| {
                        let report = embed.simulate(catalogue).map_err(|error| vec![(element.line, error)])?;
                        Ok(embed.answer(&report, self.is_markdown))
                    })
                    .map_err(|problems| problems.into_iter().map(problem).collect());
                progress.advance();
                (element, answer)
            })
            .collect()
    }

    /// The document with all answers, and what could not be answered. Rendering twice changes nothing.
    pub(super) fn rendered(
        &self,
        catalogue: &Catalogue,
        language: Language,
        progress: &Progress,
    ) -> (String, Vec<Problem>) {
        let (mut text, mut problems) = (self.text.clone(), Vec::new());
        // From the last to the first, so that places stay.
        for (element, answer) in self.answers(catalogue, language, progress).into_iter().rev() {
            match (answer, element.answer) {
                (Ok(answer), Some(place)) => text.replace_range(place, &answer),
                (Ok(answer), None) => {
                    let at = self.text.get(..element.end).unwrap_or("");
                    // In Markdown a block of HTML begins and ends at an empty line.
                    let gap = if self.is_markdown { "\n\n" } else { "\n" };
                    let before = if at.ends_with(gap) {
                        ""
                    } else if at.ends_with('\n') {
                        gap.get(1..).unwrap_or("")
                    } else {
                        gap
                    };
                    text.insert_str(element.end, &format!("{before}{answer}{gap}"));
                }
                (Err(wrong), _) => problems.extend(wrong),
            }
        }
        problems.sort_by_key(|problem| problem.line);
        (text, problems)
    }

    /// What is wrong with the recorded answers.
    pub(super) fn problems(&self, catalogue: &Catalogue, language: Language, progress: &Progress) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (element, answer) in self.answers(catalogue, language, progress) {
            let problem = |line, text| Problem { path: self.path.clone(), line, text };
            match (answer, element.answer) {
                (Ok(answer), Some(place)) => {
                    let line = 1 + self.text.get(..place.start).unwrap_or("").matches('\n').count();
                    let recorded = self.text.get(place).unwrap_or("").replace("\r\n", "\n");
                    let mut pairs = answer.lines().zip(recorded.lines()).enumerate();
                    let first = pairs.find(|(_, (now, then))| now != then);
                    let count = answer.lines().count().min(recorded.lines().count());
                    if let Some((index, (now, then))) = first {
                        let text = format!("the recorded answer differs\n  recorded:  {then}\n  simulated: {now}");
                        problems.push(problem(line + index, text));
                    } else if answer != recorded {
                        problems.push(problem(line + count, "the recorded answer has other lines at its end".into()));
                    }
                }
                (Ok(_), None) => {
                    problems
                        .push(problem(element.line, "there is no recorded answer: run stageplay embed render".into()));
                }
                (Err(wrong), _) => problems.extend(wrong),
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = "# A post\n\n<stage-play view=\"start stages layers\">\n\n```dockerfile\nFROM alpine AS one\n\nRUN echo hi > /a\n\nFROM scratch\nCOPY --from=one /a /a\nCMD [\"/a\"]\n```\n\n</stage-play>\n\nEnd.\n";

    fn rendered(name: &str, text: &str) -> (String, Vec<Problem>) {
        Document::of(Path::new(name), text.into()).unwrap().rendered(
            &Catalogue::builtin(),
            Language::English,
            &Progress::new(0, ""),
        )
    }

    #[test]
    fn an_answer_is_written_once_and_checked() {
        let catalogue = Catalogue::builtin();
        let (text, problems) = rendered("post.md", POST);
        assert!(problems.is_empty());
        let block = text.split_once("<div class=\"stage-play-answer\"").unwrap().1.split_once("</div>").unwrap().0;
        assert!(block.contains("Builds, but does not start") && block.contains("<li>one: alpine, ≈ 8"), "{block}");
        assert!(!block.contains("\n\n"), "an empty line would end it in Markdown");
        assert!(text.contains("```\n\n<div") && text.contains("</div>\n\n</stage-play>\n\nEnd.\n"), "{text}");
        assert_eq!(rendered("post.md", &text).0, text, "rendering again changes nothing");
        let check = |text: &str| {
            Document::of(Path::new("post.md"), text.into()).unwrap().problems(
                &catalogue,
                Language::English,
                &Progress::new(0, ""),
            )
        };
        assert!(check(&text).is_empty());
        let line = text.lines().position(|line| line.contains("does not start")).unwrap() + 1;
        let wrong = check(&text.replace("Builds, but does not start", "Builds and starts"));
        assert_eq!((wrong.len(), wrong[0].line), (1, line));
        assert!(
            wrong[0]
                .to_string()
                .starts_with("post.md:16: the recorded answer differs\n  recorded:  <p><strong>✗ Builds and"),
            "{}",
            wrong[0]
        );
        assert!(check(POST)[0].to_string().starts_with("post.md:3: there is no recorded answer"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_nothing_is_written() {
        for (text, wanted) in [
            ("\n<stage-play view=\"moon\"><pre>FROM a</pre></stage-play>", "page.html:2: there is no view \"moon\""),
            ("<stage-play egnine=x><pre>FROM a</pre></stage-play>", "page.html:1: there is no attribute \"egnine\""),
            ("<stage-play engine=podman><pre>FROM a</pre></stage-play>", "page.html:1: unknown engine"),
            ("<stage-play date=2020-02-31><pre>FROM a</pre></stage-play>", "page.html:1: the date"),
            ("<stage-play></stage-play>", "page.html:1: there is no file Dockerfile"),
            (
                "<stage-play><pre>FROM a</pre>\n<pre data-file=../x>a</pre></stage-play>",
                "page.html:2: \"../x\" is no path",
            ),
            ("<stage-play><pre>FROM a</pre>", "page.html:1: the element has no end tag"),
        ] {
            let (written, problems) = rendered("page.html", text);
            assert_eq!(written, text);
            assert!(problems[0].to_string().starts_with(wanted), "{}", problems[0]);
        }
    }

    #[test]
    fn chinese_answers_and_builds_that_fail_are_recorded() {
        let text = "<stage-play language=\"zh-CN\"><pre>FROM alpine\nRUN false\n</pre></stage-play>";
        let (written, problems) = rendered("page.html", text);
        assert!(problems.is_empty() && written.contains("<strong>✗ 构建失败</strong>"), "{written}");
        // As the element does, an answer follows the language of the text around it.
        let element = "<stage-play><pre>FROM alpine\n</pre></stage-play>";
        for (around, is_chinese) in [
            (format!("<html lang=\"zh-CN\"><body><p>a<br>{element}"), true),
            (format!("<html lang=\"en\"><p lang=\"zh\">a</p>{element}"), false),
            (format!("<html lang=\"en\"><div lang=\"zh\"><p>a</p>{element}</div>"), true),
            (element.replace("<stage-play", "<stage-play lang=\"zh-TW\""), true),
            (format!("<html lang=\"zh\">{}", element.replace("<stage-play", "<stage-play language=\"en\"")), false),
            (element.to_string(), false),
        ] {
            assert_eq!(rendered("page.html", &around).0.contains("由 Stageplay 模拟"), is_chinese, "{around}");
        }
        let lesson = "<stage-play lesson=\"layers/copy-a-folder\"></stage-play>";
        assert_eq!(rendered("page.html", lesson).0, lesson);
    }

    #[test]
    fn control_characters_are_not_recorded() {
        let text = "<stage-play><pre>FROM alpine\nRUN echo '\u{1b}[31mred\u{7}'; false\n</pre></stage-play>";
        let answer = rendered("page.html", text).0.split_once("stage-play-answer").unwrap().1.to_string();
        assert!(answer.contains("red\u{fffd}") && !answer.contains(['\u{1b}', '\u{7}']), "{answer}");
    }
}
