//! `stageplay lesson`: checks, tests and packs lessons and exercises.

mod bundle;
mod check;
mod real;
mod scorm;
mod submit;
mod test;
mod variant;

use super::output::Format;
use super::usage_error::UsageError;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Lesson {
    /// Check packs: their format, their translations, that the start misses the goals and the solution reaches them.
    ///
    /// Exit codes: 0 without problems, 1 with problems, 2 if the command line is wrong.
    Check {
        /// Packs, collections, or folders with them
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
        /// The output format
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// The language of messages: en or zh-CN
        #[arg(long, value_name = "LANGUAGE", default_value = "en")]
        lang: String,
    },
    /// Run the commands of lessons and compare their output with the text, and check the packs.
    ///
    /// Exit codes: 0 if all pass, 1 if one fails, 2 if the command line is wrong.
    Test {
        /// Lesson files (*.md), packs, collections, or folders with them
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
        /// Also build start and solution of each pack on a container engine, and compare whether they are built and start:
        /// auto for a local engine, or an address as for serve --engine
        #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "auto")]
        engine: Option<String>,
    },
    /// Print a pack or a collection as one JSON file.
    Bundle {
        /// The pack or collection
        #[arg(value_name = "PATH")]
        path: PathBuf,
    },
    /// Print the submission of a workspace as one text, to be pasted into a form or sent as a file.
    Submit {
        /// The pack
        #[arg(value_name = "PACK")]
        path: PathBuf,
        /// The folder with the workspace
        #[arg(value_name = "WORKSPACE")]
        workspace: PathBuf,
        /// The student's id: a number, an address or a name
        #[arg(long, value_name = "ID")]
        student: String,
        /// The student's name, if it is not the id
        #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
        name: String,
    },
    /// Write a package for a learning platform: SCORM 1.2, one unit with the page and the pack inside.
    Scorm {
        /// The pack or collection
        #[arg(value_name = "PACK")]
        path: PathBuf,
        /// The file to write, such as exercise.zip
        #[arg(value_name = "OUT.ZIP")]
        out: PathBuf,
        /// The folder of a built page, in place of the page in this program
        #[arg(long, value_name = "DIR")]
        page: Option<PathBuf>,
        /// Also send xAPI statements to this endpoint: launched, attempted, passed, failed
        #[arg(long, value_name = "ADDRESS", default_value = "", hide_default_value = true)]
        xapi: String,
        /// The value of the header Authorization for the endpoint. Whoever opens the package can read it
        #[arg(long, value_name = "VALUE", default_value = "", hide_default_value = true, requires = "xapi")]
        xapi_authorization: String,
        /// The language of the package's title: en or zh-CN
        #[arg(long, value_name = "LANGUAGE", default_value = "en")]
        lang: String,
    },
    /// Write the workspace of a variant of a pack into a folder.
    Variant {
        /// The pack
        #[arg(value_name = "PACK")]
        path: PathBuf,
        /// The student whose variant it is, by name or number
        #[arg(long, value_name = "ID")]
        student: String,
        /// The folder to write, which must not exist; without it, only the values of the variables are printed
        #[arg(short, long, value_name = "FOLDER")]
        output: Option<PathBuf>,
    },
}

impl Lesson {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        match self {
            Lesson::Check { paths, format, lang } => check::run(&paths, format, &lang),
            Lesson::Test { paths, engine } => test::run(&paths, engine.as_deref()),
            Lesson::Bundle { path } => bundle::run(&path),
            Lesson::Submit { path, workspace, student, name } => submit::run(&path, &workspace, &student, &name),
            Lesson::Scorm { path, out, page, xapi, xapi_authorization, lang } => {
                let options = scorm::Options {
                    page: page.as_deref(),
                    xapi_endpoint: &xapi,
                    xapi_authorization: &xapi_authorization,
                    language: &lang,
                };
                scorm::run(&path, &out, &options)
            }
            Lesson::Variant { path, student, output } => variant::run(&path, &student, output.as_deref()),
        }
    }
}
