//! `stageplay parse`: prints the syntax tree of a Dockerfile.

use super::dockerfile_source::DockerfileSource;
use super::usage_error::UsageError;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use stageplay_core::dockerfile::syntax::{self, File, Node};
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// S-expressions, as in the tests of BuildKit's parser
    Sexp,
    /// JSON with lines, flags, words and here-documents
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Parse {
    /// The output format
    #[arg(long, value_enum, default_value = "sexp")]
    format: Format,
    /// The Dockerfile; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Parse {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let source = DockerfileSource::read(&self.file)?;
        let file = syntax::parse(&source.text);
        let error = file.errors.first();
        match self.format {
            Format::Sexp if error.is_none() => print!("{}", file.to_sexp()),
            Format::Sexp => {}
            Format::Json => println!("{}", document(&file)),
        }
        if let Some(error) = error {
            eprintln!("{}:{}: {error}", source.name, error.line.unwrap_or(0));
            return Ok(1);
        }
        Ok(0)
    }
}

fn document(file: &File) -> Value {
    let errors: Vec<Value> =
        file.errors.iter().map(|error| json!({ "message": error.to_string(), "line": error.line })).collect();
    json!({
        "escape": file.escape.to_string(),
        "directives": file.directives.iter().map(|one| json!({
            "name": format!("{:?}", one.name).to_lowercase(), "value": one.value, "line": one.line,
            "start": one.span.start, "end": one.span.end,
        })).collect::<Vec<_>>(),
        "nodes": file.nodes.iter().map(|node| json_node(file, node)).collect::<Vec<_>>(),
        "errors": errors,
    })
}

fn json_node(file: &File, node: &Node) -> Value {
    json!({
        "keyword": node.keyword(),
        "flags": node.head.flags,
        "words": file.words(node).collect::<Vec<_>>(),
        "json": node.head.json,
        "comments": file.comments(node),
        "heredocs": node.heredocs.iter().map(|document| json!({
            "name": document.name, "content": document.content, "expand": document.expand,
            "chomp": document.chomp, "descriptor": document.descriptor,
        })).collect::<Vec<_>>(),
        "line": node.line,
        "end_line": node.end_line,
        "start": node.span.start,
        "end": node.span.end,
        "trigger": node.triggers.first().map(|head| json!({
            "keyword": head.keyword(&node.text), "flags": head.flags,
            "words": file.words_of(node, head).collect::<Vec<_>>(), "json": head.json,
        })),
    })
}
