//! Images that are near one that does not exist: the remark names them, and a click takes one.

use stageplay_dockerfile::text::Span;
use stageplay_report::Warning;

/// The remarks that name images near one that does not exist.
const RULE: &str = "unknown-image-near";
/// The most images that are offered.
const MAX_NAMES: usize = 5;

/// The images that a remark offers in place of one that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSuggestions {
    /// The bytes of the Dockerfile that name the image.
    pub span: Span,
    /// The images, at most five, in the order of the remark.
    pub names: Vec<String>,
}

/// What a remark about a Dockerfile offers; `None` if it offers no image, or the line names the image by a variable.
pub fn image_suggestions(text: &str, warning: &Warning) -> Option<ImageSuggestions> {
    let line = warning.line.filter(|_| warning.rule == RULE)?;
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let line = text.get(start..)?.lines().next()?;
    let is_between = |c: char| c.is_whitespace() || ",;，；、".contains(c);
    let told: Vec<&str> = warning.message.split(is_between).map(|word| word.trim_end_matches(['.', '。'])).collect();
    let (at, named) = line.split_whitespace().find_map(|word| {
        let name = word.strip_prefix("--from=").unwrap_or(word);
        let at = name.as_ptr() as usize - line.as_ptr() as usize;
        (name.contains(':') && told.contains(&name)).then_some((start + at, name))
    })?;
    let repository = |name: &str| name.rsplit_once(':').map(|(repository, _)| repository.to_string());
    let is_offered =
        |name: &&&str| **name != named && repository(name).is_some() && repository(name) == repository(named);
    let names: Vec<String> = told.iter().filter(is_offered).take(MAX_NAMES).map(|name| name.to_string()).collect();
    (!names.is_empty()).then_some(ImageSuggestions { span: at..at + named.len(), names })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(rule: &str, line: usize, message: &str) -> Warning {
        Warning { rule: rule.into(), message: message.into(), line: Some(line) }
    }

    #[test]
    fn the_images_of_the_remark_are_offered_for_the_word_of_the_line() {
        let text = "FROM scratch\nFROM --platform=linux/amd64 golang:1.24-x AS b\n";
        for message in [
            "there is no image golang:1.24-x; near it are golang:1.26, golang:1.25",
            "没有镜像 golang:1.24-x；相近的有 golang:1.26、golang:1.25。",
        ] {
            let found = image_suggestions(text, &warning(RULE, 2, message)).expect("suggestions");
            assert_eq!((&text[found.span.clone()], found.names.len()), ("golang:1.24-x", 2));
            assert_eq!(found.names, ["golang:1.26", "golang:1.25"]);
        }
        let copy = "COPY --from=a/b:1 /x /y";
        let found = image_suggestions(copy, &warning(RULE, 1, "no a/b:1; near it are a/b:2")).expect("suggestions");
        assert_eq!(&copy[found.span], "a/b:1");
    }

    #[test]
    fn another_remark_or_line_offers_nothing() {
        let message = "there is no image a:1; near it are a:2";
        for (text, rule, line) in
            [("FROM a:1", "other", 1), ("FROM a:1", RULE, 0), ("FROM a:1", RULE, 9), ("FROM a:$V", RULE, 1)]
        {
            assert_eq!(image_suggestions(text, &warning(rule, line, message)), None, "{text} {rule} {line}");
        }
    }
}
