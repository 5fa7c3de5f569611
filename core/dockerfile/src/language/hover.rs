//! What stands under the pointer.

use super::{ImageLookup, Surroundings, node_at, symbols};
use crate::lint::{Options, variables_at};
use crate::reference::Reference;
use crate::syntax::{File, Node};
use crate::text::Span;
use crate::{Keyword, syntax};

/// What there is to say of a place: an id of `words` with parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The bytes it is about.
    pub span: Span,
    /// An id with words.
    pub code: String,
    /// Values for the words.
    pub params: Vec<(&'static str, String)>,
}

/// Explains an instruction, a variable's value, or a base image.
pub fn hover(text: &str, at: usize, around: &Surroundings) -> Option<Hover> {
    let file = syntax::parse(text);
    let node = node_at(&file, at)?;
    let inside = |span: &Span| span.start <= at && at <= span.end;
    if let Some(span) = file.keyword_span(node).filter(inside) {
        let name = node.head.kind?.name().to_lowercase();
        return Some(Hover { span, code: format!("instruction.{name}"), params: Vec::new() });
    }
    if let Some((name, span)) = symbols::variable_at(&file, node, at) {
        let values = variables_at(text, &Options::default(), node.line as usize);
        let value = values.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        return Some(match value {
            Some(value) => {
                Hover { span, code: "hover.variable".into(), params: vec![("name", name), ("value", value)] }
            }
            None => Hover { span, code: "hover.unset".into(), params: vec![("name", name)] },
        });
    }
    if matches!(node.head.kind, Some(Keyword::Copy | Keyword::Add)) {
        return copied(&file, node, at, around);
    }
    if node.head.kind != Some(Keyword::From) {
        return None;
    }
    let (image, span) = file.placed_words(node).into_iter().next()?;
    let span = span.filter(inside)?;
    let reference = Reference::parse(image).ok()?;
    let image = || ("image", reference.to_string());
    let (code, params) = match around.images.find(&reference) {
        ImageLookup::Found(found) => {
            let params = vec![image(), ("resolved", found.resolved), ("size", found.size), ("basis", found.basis)];
            match found.day {
                Some(day) => ("hover.image-on", [params, vec![("day", day)]].concat()),
                None => ("hover.image", params),
            }
        }
        ImageLookup::Unknown => ("hover.image-not-known", vec![image()]),
        ImageLookup::NotFound(near) if near.is_empty() => ("hover.no-image", vec![image()]),
        ImageLookup::NotFound(near) => ("hover.unknown-image", vec![image(), ("near", near.join(", "))]),
        ImageLookup::NotLoaded => return None,
    };
    Some(Hover { span, code: code.into(), params })
}

/// How many files a source of COPY stands for, and how large they are.
fn copied(file: &File, node: &Node, at: usize, around: &Surroundings) -> Option<Hover> {
    let mut words = file.placed_words(node);
    words.pop();
    let (source, span) = words.into_iter().find_map(|(word, span)| {
        let span = span.filter(|span| span.start <= at && at <= span.end)?;
        Some((word, span))
    })?;
    let from = node.head.flags.iter().find_map(|flag| flag.strip_prefix("--from="));
    let files = around.source_files(file, node.span.start, from)?;
    let params = |more: Vec<(&'static str, String)>| [vec![("source", source.to_string())], more].concat();
    let Some(found) = files.measure(source) else {
        return Some(Hover { span, code: "hover.copy-missing".into(), params: params(Vec::new()) });
    };
    let more = vec![("count", found.files.to_string()), ("size", found.size)];
    Some(Hover { span, code: "hover.copy".into(), params: params(more) })
}
