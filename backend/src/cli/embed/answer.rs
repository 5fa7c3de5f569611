//! The build of an element, and the recorded answer that is written into its document.

use super::markup::{ANSWER, Element, escape, escape_for_markdown};
use crate::cli::engine_profile::find_engine;
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request, holds_only_dockerfiles};
use stageplay_core::fs::{Content, Tree};
use stageplay_core::image::Day;
use stageplay_core::report::{BuildReport, Size, build_report};
use stageplay_core::simulate::simulate;
use stageplay_core::words::Language;
use stageplay_report::without_control_characters;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The engine of an element that names none.
pub(super) const ENGINE: &str = "docker-28";
/// The views that an element may name.
pub(super) const VIEWS: [&str; 6] = ["editor", "stages", "layers", "start", "terminal", "compare"];
/// The attributes that an element may have, beside those of every element of HTML.
const ATTRIBUTES: [&str; 16] = [
    "view",
    "lesson",
    "engine",
    "builder",
    "date",
    "target",
    "theme",
    "language",
    "height",
    "readonly",
    "files",
    "dockerfile",
    "compare",
    "site",
    "loading",
    "open",
];
/// Lines of output and steps that are recorded.
const MAX_LINES: usize = 30;

/// What an element builds.
#[derive(Debug)]
pub(super) struct Embed {
    pub(super) files: BTreeMap<String, (String, bool)>,
    pub(super) dockerfile: String,
    pub(super) views: Vec<String>,
    engine: String,
    builder: Option<String>,
    date: Option<Day>,
    target: Option<String>,
    pub(super) language: Language,
}

/// A path that stays inside of the build context.
fn is_path(path: &str) -> bool {
    !path.is_empty() && path.len() <= 200 && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

impl Embed {
    /// What an element of a document builds.
    ///
    /// # Errors
    /// What is wrong with it, each with its line.
    pub(super) fn of(element: &Element, default: Language) -> Result<Self, Vec<(usize, String)>> {
        let attribute = |name: &str| element.attributes.get(name).map(String::as_str).filter(|text| !text.is_empty());
        let mut problems = Vec::new();
        let mut wrong = |text: String| problems.push((element.line, text));
        if !element.is_closed {
            wrong("the element has no end tag".into());
        }
        for name in element.attributes.keys() {
            let usual = ["class", "id", "lang", "title", "style", "slot", "hidden", "dir", "markdown"];
            let is_usual = usual.contains(&name.as_str()) || name.starts_with("aria-");
            if !is_usual && !ATTRIBUTES.contains(&name.as_str()) {
                wrong(format!("there is no attribute {name:?}; known are {}", ATTRIBUTES.join(", ")));
            }
        }
        let wanted = attribute("view").unwrap_or("editor start stages layers");
        let views: Vec<String> =
            wanted.split([' ', ',', '\n', '\t']).filter(|one| !one.is_empty()).map(str::to_string).collect();
        for view in views.iter().filter(|view| !VIEWS.contains(&view.as_str())) {
            wrong(format!("there is no view {view:?}; known are {}", VIEWS.join(", ")));
        }
        let engine = attribute("engine").unwrap_or(ENGINE);
        if let Err(error) = find_engine(engine, attribute("builder")) {
            wrong(error);
        }
        let date = attribute("date").map(|day| day.parse::<Day>().map_err(|_| day.to_string())).transpose();
        let date = date.unwrap_or_else(|day| {
            wrong(format!("the date {day:?} is no day of the calendar, YYYY-MM-DD"));
            None
        });
        let dockerfile = attribute("dockerfile").unwrap_or("Dockerfile").to_string();
        let mut files: BTreeMap<String, (String, bool)> = BTreeMap::new();
        let mut names = attribute("files").unwrap_or("").split([' ', ',']).filter(|name| !name.is_empty());
        for block in &element.blocks {
            let first = || files.is_empty().then(|| dockerfile.clone());
            let Some(name) = block.name.clone().or_else(|| names.next().map(str::to_string)).or_else(first) else {
                continue;
            };
            if !is_path(&name) {
                problems.push((block.line, format!("{name:?} is no path of a file in the build context")));
            } else {
                match files.entry(name) {
                    Entry::Occupied(entry) => {
                        problems.push((block.line, format!("there are two files {}", entry.key())));
                    }
                    Entry::Vacant(entry) => {
                        entry.insert((block.text.clone(), block.is_executable));
                    }
                }
            }
        }
        let has_lesson = attribute("lesson").is_some();
        if !files.contains_key(&dockerfile) && !has_lesson {
            problems.push((element.line, format!("there is no file {dockerfile}: put it into a <pre> of the element")));
        }
        if let Some(other) = attribute("compare").filter(|other| !files.contains_key(*other)) {
            problems.push((element.line, format!("there is no file {other} to compare with")));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Embed {
            files,
            dockerfile,
            views,
            engine: engine.to_string(),
            builder: attribute("builder").map(str::to_string),
            date,
            target: attribute("target").map(str::to_string),
            language: attribute("language").or(element.language.as_deref()).map_or(default, Language::from_tag),
        })
    }

    /// Builds and starts it.
    ///
    /// # Errors
    /// A path is not valid: a file is in the place of a folder.
    pub(super) fn simulate(&self, catalogue: &Catalogue) -> Result<BuildReport, String> {
        let (engine, builder) = find_engine(&self.engine, self.builder.as_deref())?;
        let mut context = Tree::new();
        for (path, (text, is_executable)) in &self.files {
            let place = format!("/{path}");
            context
                .mkdir_all(stageplay_core::fs::path::parent(&place), 0o755, 0, 0)
                .and_then(|_| {
                    let mode = if *is_executable { 0o755 } else { 0o644 };
                    context.write(&place, Content::inline(text.as_bytes()), mode, 0, 0)
                })
                .map_err(|error| format!("{path}: {error}"))?;
        }
        let text = self.files.get(&self.dockerfile).map_or("", |(text, _)| text);
        let request = Request {
            name: self.dockerfile.clone(),
            target: self.target.clone(),
            as_of: self.date,
            builder,
            assume_context: holds_only_dockerfiles(&context, &self.dockerfile),
            ..Request::new(text, context, engine)
        };
        Ok(build_report(&simulate(&request, Some(&[]), catalogue, &NoImages, &mut Cache::new()), self.language))
    }

    /// The recorded answer: HTML without an empty line, so that it is one block in Markdown, too.
    pub(super) fn answer(&self, report: &BuildReport, is_markdown: bool) -> String {
        // What a stranger's program prints is shown without control characters.
        let escape: fn(&str) -> String = match is_markdown {
            true => |text| escape_for_markdown(&without_control_characters(text)),
            false => |text| escape(&without_control_characters(text)),
        };
        let words = Words::of(self.language);
        let mut lines = vec![format!("<div class=\"stage-play-answer\" {ANSWER}>")];
        let size = report.image.as_ref().map(|image| format!(" · {}", escape(&sized(&image.size)))).unwrap_or_default();
        let (sign, verdict) = words.verdict(report);
        lines.push(format!(
            "<p><strong>{sign} {verdict}</strong>{size} <small>({}, {})</small></p>",
            escape(&self.engine),
            words.simulated
        ));
        if let Some(error) = &report.error {
            lines.push(pre(&error.message, escape));
            let failed = report.steps.iter().find(|step| step.failed).filter(|step| !step.output.is_empty());
            lines.extend(failed.map(|step| pre(&step.output, escape)));
        }
        for view in &self.views {
            match view.as_str() {
                "start" => lines.extend(report.run.iter().flat_map(|run| {
                    let why = run.explanation.as_ref().map(|text| format!("<p>{}</p>", escape(text)));
                    let printed = format!("{}{}", run.stdout, run.stderr);
                    let fixes = run.fixes.iter().map(|fix| {
                        format!(
                            "<li>{} ({} {})</li>",
                            escape(&fix.title),
                            words.starts,
                            escape(&sized(&fix.proof.size))
                        )
                    });
                    let fixes: Vec<String> = fixes.collect();
                    let list = (!fixes.is_empty()).then(|| format!("<ul>{}</ul>", fixes.concat()));
                    [why, (!printed.is_empty()).then(|| pre(&printed, escape)), list]
                        .into_iter()
                        .flatten()
                        .collect::<Vec<_>>()
                })),
                "stages" if !report.stages.is_empty() => {
                    let stages = report.stages.iter().map(|stage| {
                        let name = stage.name.clone().unwrap_or_else(|| format!("{} {}", words.stage, stage.index));
                        let size = if stage.built { sized(&stage.size) } else { words.not_built.to_string() };
                        format!("<li>{}: {}, {}</li>", escape(&name), escape(&stage.base), escape(&size))
                    });
                    lines.push(format!("<p>{}</p>", words.stages));
                    lines.push(format!("<ol>{}</ol>", stages.collect::<String>()));
                }
                "layers" => lines.extend(report.image.iter().flat_map(|image| {
                    let rows = image.layers.iter().take(MAX_LINES).map(|layer| {
                        format!(
                            "<li>{}: <code>{}</code></li>",
                            escape(&sized(&layer.size)),
                            escape(&instruction(&layer.created_by))
                        )
                    });
                    let rows = rows.collect::<String>();
                    let head = format!("<p>{}</p>", words.layers);
                    if rows.is_empty() { Vec::new() } else { vec![head, format!("<ol>{rows}</ol>")] }
                })),
                _ => {}
            }
        }
        lines.push("</div>".into());
        lines.join("\n")
    }
}

/// A size with its sign: `≈` is modelled, `≥` a lower bound, `?` not known.
fn sized(size: &Size) -> String {
    let text = size.text(3);
    match (size.bytes, size.honesty.as_ref()) {
        (Some(_), "exact") | (None, _) => text,
        _ => format!("≈ {text}"),
    }
}

/// `docker history`'s text in one line, without what the engine puts around it.
fn instruction(text: &str) -> String {
    let text = text.strip_suffix(" # buildkit").unwrap_or(text);
    let text = text.strip_prefix("/bin/sh -c #(nop)").unwrap_or(text).trim();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Output as one block: an empty line would end a block of HTML in Markdown.
fn pre(text: &str, escape: fn(&str) -> String) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let shown = lines.get(lines.len().saturating_sub(MAX_LINES)..).unwrap_or(&lines);
    let lines: Vec<String> =
        shown.iter().map(|line| if line.trim().is_empty() { "&#32;".into() } else { escape(line) }).collect();
    format!("<pre>{}</pre>", lines.join("\n"))
}

/// The words of a recorded answer.
struct Words {
    built: &'static str,
    starts_verdict: &'static str,
    fails: &'static str,
    unknown: &'static str,
    error: &'static str,
    simulated: &'static str,
    starts: &'static str,
    stages: &'static str,
    stage: &'static str,
    layers: &'static str,
    not_built: &'static str,
}

impl Words {
    fn of(language: Language) -> Self {
        match language {
            Language::English => Words {
                built: "It builds",
                starts_verdict: "Builds and starts",
                fails: "Builds, but does not start",
                unknown: "Builds; whether it starts is not known",
                error: "The build fails",
                simulated: "simulated by Stageplay",
                starts: "starts,",
                stages: "Stages:",
                stage: "stage",
                layers: "Layers, the lowest first:",
                not_built: "not built",
            },
            Language::Chinese => Words {
                built: "构建成功",
                starts_verdict: "构建成功，可以启动",
                fails: "构建成功，但不能启动",
                unknown: "构建成功；能否启动未知",
                error: "构建失败",
                simulated: "由 Stageplay 模拟",
                starts: "可以启动，",
                stages: "阶段：",
                stage: "阶段",
                layers: "层，从底层开始：",
                not_built: "不构建",
            },
        }
    }

    /// A sign and the verdict.
    fn verdict(&self, report: &BuildReport) -> (&'static str, &'static str) {
        match (&report.error, report.run.as_ref().map(|run| run.verdict.as_ref())) {
            (Some(_), _) => ("✗", self.error),
            (None, Some("starts")) => ("✓", self.starts_verdict),
            (None, Some("fails")) => ("✗", self.fails),
            (None, Some(_)) => ("?", self.unknown),
            (None, None) => ("✓", self.built),
        }
    }
}

/// The verdict of a report in one language, with its sign.
pub(super) fn verdict(report: &BuildReport, language: Language) -> (&'static str, &'static str) {
    Words::of(language).verdict(report)
}

/// The size of the image, with its sign; empty without an image.
pub(super) fn image_size(report: &BuildReport) -> String {
    report.image.as_ref().map(|image| sized(&image.size)).unwrap_or_default()
}

/// The size of a stage, or that it is not built.
pub(super) fn stage_size(stage: &stageplay_core::report::Stage, language: Language) -> String {
    if stage.built { sized(&stage.size) } else { Words::of(language).not_built.to_string() }
}
