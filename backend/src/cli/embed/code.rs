//! `stageplay embed code`: code to paste.

use super::answer::{ENGINE, VIEWS};
use super::markup::escape;
use crate::cli::build_context;
use crate::cli::engine_profile::find_engine;
use crate::cli::usage_error::UsageError;
use clap::{Args, ValueEnum};
use stageplay_core::fs::Tree;
use stageplay_core::image::Day;
use stageplay_core::workspace::{Body, MAX_LINK, Workspace, of_context, share_link};
use std::path::PathBuf;

/// The form of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The custom element, for pages that allow scripts
    Element,
    /// A div that the script turns into the element, for hosts that remove unknown elements
    Div,
    /// An iframe, for pages that allow no script
    Frame,
    /// A link that opens the files in Stageplay, as HTML
    Link,
    /// The same link in Markdown, around a picture
    Markdown,
}

/// What is embedded.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// The engine
    #[arg(long, value_name = "ENGINE", default_value = ENGINE)]
    pub(super) engine: String,
    /// The builder: classic or buildkit [default: the default of the engine]
    #[arg(long, value_name = "BUILDER")]
    pub(super) builder: Option<String>,
    /// The day on which tags are looked up, YYYY-MM-DD [default: the day of the engine]
    #[arg(long, value_name = "DAY")]
    pub(super) as_of: Option<Day>,
    /// The folder with the Dockerfile and its files
    #[arg(value_name = "DIR")]
    pub(super) directory: PathBuf,
}

impl Source {
    /// The files.
    ///
    /// # Errors
    /// The folder cannot be read, or the engine is unknown.
    pub(super) fn tree(&self) -> Result<Tree, UsageError> {
        if !self.directory.is_dir() {
            return Err(format!("{} is not a directory", self.directory.display()));
        }
        build_context::read_tree(&self.directory)
    }

    fn workspace(&self) -> Result<Workspace, UsageError> {
        let (profile, builder) = find_engine(&self.engine, self.builder.as_deref())?;
        let tree = self.tree()?;
        let workspace = of_context(&tree, &profile.id, builder.as_str(), "Dockerfile", None);
        if !workspace.files.iter().any(|file| file.path == "Dockerfile") {
            return Err(format!("{} has no Dockerfile", self.directory.display()));
        }
        Ok(Workspace { as_of: self.as_of.map(|day| day.to_string()), ..workspace })
    }
}

#[derive(Debug, Args)]
pub(crate) struct Code {
    /// The address of your Stageplay, such as https://example.org/stageplay/
    #[arg(long, value_name = "URL")]
    site: String,
    /// The form of the code
    #[arg(long, value_enum, default_value = "element")]
    form: Form,
    /// The views: editor, stages, layers, start, terminal, compare
    #[arg(long, value_name = "VIEWS", default_value = "editor start stages layers")]
    view: String,
    /// The address of the picture of a link in Markdown
    #[arg(long, value_name = "URL", default_value = "stageplay.svg")]
    picture: String,
    #[command(flatten)]
    source: Source,
}

impl Code {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let site = site(&self.site)?;
        if let Some(view) = self.view.split([' ', ',']).find(|view| !view.is_empty() && !VIEWS.contains(view)) {
            return Err(format!("--view {view}: known are {}", VIEWS.join(", ")));
        }
        let workspace = self.source.workspace()?;
        println!("{}", self.code(&site, &workspace)?);
        Ok(0)
    }

    fn code(&self, site: &str, workspace: &Workspace) -> Result<String, UsageError> {
        let link = share_link(workspace);
        if link.len() > MAX_LINK && self.form != Form::Element && self.form != Form::Div {
            return Err(format!("the files are too large for a link: {} of {MAX_LINK} characters", link.len()));
        }
        let folder = format!("{site}embed/v{}/", env!("CARGO_PKG_VERSION"));
        Ok(match self.form {
            Form::Element => {
                let script = format!("<script type=\"module\" src=\"{}stage-play.mjs\"></script>", escape(&folder));
                format!("{script}\n<stage-play {}>\n{}</stage-play>", self.attributes(""), pres(workspace)?)
            }
            Form::Div => {
                let script = format!("<script type=\"module\" src=\"{}stage-play.mjs\"></script>", escape(&folder));
                format!("{script}\n<div class=\"stage-play\" {}>\n{}</div>", self.attributes("data-"), pres(workspace)?)
            }
            Form::Frame => format!(
                "<iframe src=\"{}embed.html?view={}#w={link}\" width=\"100%\" height=\"640\" loading=\"lazy\" title=\"Stageplay\"></iframe>",
                escape(&folder),
                self.view.replace([' ', ','], "+"),
            ),
            Form::Link => format!("<a href=\"{}#w={link}\">Open in Stageplay</a>", escape(site)),
            Form::Markdown => format!("[![The build, simulated by Stageplay]({})]({site}#w={link})", self.picture),
        })
    }

    /// The attributes that are not the default.
    fn attributes(&self, prefix: &str) -> String {
        let mut all = vec![("view", self.view.clone())];
        all.extend((self.source.engine != ENGINE).then(|| ("engine", self.source.engine.clone())));
        all.extend(self.source.builder.clone().map(|builder| ("builder", builder)));
        all.extend(self.source.as_of.map(|day| ("date", day.to_string())));
        all.iter().map(|(name, value)| format!("{prefix}{name}=\"{}\"", escape(value))).collect::<Vec<_>>().join(" ")
    }
}

/// An address that ends with a slash.
fn site(text: &str) -> Result<String, UsageError> {
    let is_address = text.starts_with("https://") || text.starts_with("http://");
    let is_clean = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'#' | b'?' | b'(' | b')'));
    if !is_address || !is_clean {
        return Err(format!("--site {text}: expected an address such as https://example.org/stageplay/"));
    }
    Ok(if text.ends_with('/') { text.to_string() } else { format!("{text}/") })
}

/// A `<pre>` for each text file, the Dockerfile first.
fn pres(workspace: &Workspace) -> Result<String, UsageError> {
    let mut files: Vec<_> = workspace.files.iter().collect();
    files.sort_by_key(|file| (file.path != "Dockerfile", &file.path));
    let mut out = String::new();
    for file in files {
        let Body::Text(text) = &file.body else {
            return Err(format!("{} is no text: use --form frame or link, which carry binary files", file.path));
        };
        let executable = if file.mode & 0o111 == 0 { "" } else { " data-executable" };
        out += &format!("<pre data-file=\"{}\"{executable}>\n{}</pre>\n", escape(&file.path), escape(text));
    }
    Ok(out)
}
