//! `stageplay embed picture`: the result as a picture.

use super::answer::{image_size, stage_size, verdict};
use super::code::Source;
use super::markup::escape;
use crate::cli::engine_profile::find_engine;
use crate::cli::usage_error::UsageError;
use clap::Args;
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request, holds_only_dockerfiles};
use stageplay_core::fs::Tree;
use stageplay_core::report::{BuildReport, build_report};
use stageplay_core::simulate::simulate;
use stageplay_core::words::Language;
use stageplay_report::without_control_characters;

/// Stages that are drawn; of more the last ones.
const MAX_STAGES: usize = 8;
/// Sizes in units of the picture.
const WIDTH: usize = 640;
const ROW: usize = 46;

#[derive(Debug, Args)]
pub(crate) struct Picture {
    /// The language of the words: en or zh-CN
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    lang: String,
    #[command(flatten)]
    source: Source,
}

impl Picture {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let language = Language::from_tag(&self.lang);
        let report = self.report(self.source.tree()?, language)?;
        println!("{}", draw(&report, language));
        Ok(0)
    }

    fn report(&self, context: Tree, language: Language) -> Result<BuildReport, UsageError> {
        let (engine, builder) = find_engine(&self.source.engine, self.source.builder.as_deref())?;
        let node = context.stat("/", "/Dockerfile").ok();
        let bytes = node.and_then(|(_, node)| node.content()?.bytes().map(<[u8]>::to_vec));
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| format!("{} has no Dockerfile", self.source.directory.display()))?;
        let assume_context = holds_only_dockerfiles(&context, "Dockerfile");
        let request =
            Request { builder, as_of: self.source.as_of, assume_context, ..Request::new(text, context, engine) };
        Ok(build_report(&simulate(&request, Some(&[]), &Catalogue::builtin(), &NoImages, &mut Cache::new()), language))
    }
}

/// A text of at most so many characters, without control characters, which XML does not allow.
fn cut(text: &str, length: usize) -> String {
    let text = without_control_characters(text);
    match text.char_indices().nth(length) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_string(),
    }
}

/// The verdict, its reason, and a row for each stage. Light and dark follow the reader's system.
fn draw(report: &BuildReport, language: Language) -> String {
    let (sign, word) = verdict(report, language);
    let kind = match sign {
        "✓" => "good",
        "✗" => "bad",
        _ => "soft",
    };
    let reason = report.error.as_ref().map(|error| error.message.clone());
    let reason = reason.or_else(|| report.run.as_ref()?.explanation.clone()).unwrap_or_default();
    let reason = cut(reason.lines().next().unwrap_or(""), 88);
    let stages: Vec<_> = report.stages.iter().rev().take(MAX_STAGES).rev().collect();
    let height = 92 + stages.len() * ROW;
    let label = escape(&format!("{word} {}. {reason}", image_size(report)));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-label=\"{label}\">\n<style>.b{{fill:#fff;stroke:#d0d8e2}}.t{{fill:#1a2433}}.soft{{fill:#4d5b6e}}.good{{fill:#1a7240}}.bad{{fill:#b3261e}}.s{{fill:#f1f5fa;stroke:#d0d8e2}}text{{font-family:system-ui,sans-serif;font-size:14px}}@media(prefers-color-scheme:dark){{.b{{fill:#18202b;stroke:#34424f}}.t{{fill:#e4eaf3}}.soft{{fill:#b3bfd0}}.good{{fill:#74d39a}}.bad{{fill:#ff9a90}}.s{{fill:#10151d;stroke:#34424f}}}}</style>\n<rect class=\"b\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n",
        WIDTH - 1,
        height - 1,
    );
    out += &format!("<text class=\"{kind}\" x=\"20\" y=\"34\" font-weight=\"600\">{sign} {}</text>\n", escape(word));
    out += &format!(
        "<text class=\"t\" x=\"{}\" y=\"34\" text-anchor=\"end\">{}</text>\n",
        WIDTH - 20,
        escape(&image_size(report))
    );
    out += &format!("<text class=\"soft\" x=\"20\" y=\"58\" font-size=\"12\">{}</text>\n", escape(&reason));
    for (row, stage) in stages.iter().enumerate() {
        let y = 76 + row * ROW;
        let name = stage.name.clone().unwrap_or_else(|| stage.index.to_string());
        out += &format!(
            "<rect class=\"s\" x=\"20\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n",
            WIDTH - 40,
            ROW - 8
        );
        out += &format!(
            "<text class=\"t\" x=\"34\" y=\"{0}\"><tspan font-weight=\"600\">{1}</tspan> <tspan class=\"soft\">{2}</tspan></text>\n<text class=\"t\" x=\"{3}\" y=\"{0}\" text-anchor=\"end\">{4}</text>\n",
            y + 24,
            escape(&cut(&name, 24)),
            escape(&cut(&stage.base, 44)),
            WIDTH - 34,
            escape(&stage_size(stage, language)),
        );
    }
    out + "</svg>"
}
