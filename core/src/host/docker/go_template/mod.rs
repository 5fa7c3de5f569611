//! Go's `text/template` as far as `docker … --format` uses it: fields, variables, pipes, `if`, `with`, `range`, and the
//! functions that Docker adds.

mod functions;
mod parse;
mod value;

use parse::{BlockKind, Node, Operand, OperandKind, Pipeline};
pub(in crate::host::docker) use value::Value;

/// The operands that one execution may evaluate.
const MAX_STEPS: u32 = 100_000;
/// The longest output of one execution, in bytes.
const MAX_OUTPUT: usize = 1 << 20;

/// A parsed template.
#[derive(Clone, Debug)]
pub(in crate::host::docker) struct Template {
    nodes: Vec<Node>,
    text: String,
}

/// What a template is executed for.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::host::docker) struct Purpose<'a> {
    /// The head of a table: functions of texts return them as they are.
    pub(in crate::host::docker) is_header: bool,
    /// `json` writes `<`, `>` and `&` as `json.Marshal` does.
    pub(in crate::host::docker) escapes: bool,
    /// The type that an error names where the value has no such field; none for a map of `docker inspect`.
    pub(in crate::host::docker) type_name: &'a str,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// Go's message, which begins with `template: :1: `.
    pub(in crate::host::docker) fn parse(text: &str) -> Result<Template, String> {
        let nodes = parse::parse(text, &functions::names()).map_err(|error| format!("template: {error}"))?;
        Ok(Template { nodes, text: text.to_string() })
    }

    /// Executes it with a value as `.` and `$`.
    ///
    /// # Errors
    /// Go's message, which begins with `template: :1:2: executing "" at <.X>: `.
    pub(in crate::host::docker) fn execute(&self, root: &Value, purpose: Purpose<'_>) -> Result<String, String> {
        let variables = vec![("$".to_string(), root.clone())];
        let mut run = Execution { template: self, purpose, variables, out: String::new(), steps: 0 };
        run.nodes(&self.nodes, root)?;
        Ok(run.out)
    }
}

struct Execution<'a> {
    template: &'a Template,
    purpose: Purpose<'a>,
    variables: Vec<(String, Value)>,
    out: String,
    steps: u32,
}

impl Execution<'_> {
    fn error(&self, operand: &Operand, words: &str) -> String {
        self.error_in(std::slice::from_ref(operand), words)
    }

    /// An error about a command, which Go prints with all its operands.
    fn error_in(&self, command: &[Operand], words: &str) -> String {
        let Some(operand) = command.first() else { return String::new() };
        let before = self.template.text.get(..operand.at).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        format!(
            "template: :{line}:{column}: executing \"\" at <{}>: {words}",
            command.iter().map(source).collect::<Vec<_>>().join(" ")
        )
    }

    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<(), String> {
        for node in nodes {
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Print(pipeline) => {
                    let value = self.pipeline(pipeline, dot)?;
                    if pipeline.variables.is_empty() {
                        let text = if value == Value::Nil { "<no value>".into() } else { value.print() };
                        self.out.push_str(&text);
                    }
                }
                Node::Block { kind, pipeline, body, otherwise } => {
                    let known = self.variables.len();
                    self.block(*kind, pipeline, body, otherwise, dot)?;
                    self.variables.truncate(known);
                }
            }
            if self.out.len() > MAX_OUTPUT {
                return Err(format!("template: more than {MAX_OUTPUT} bytes of output"));
            }
        }
        Ok(())
    }

    fn block(
        &mut self,
        kind: BlockKind,
        pipeline: &Pipeline,
        body: &[Node],
        otherwise: &[Node],
        dot: &Value,
    ) -> Result<(), String> {
        if kind != BlockKind::Range {
            let value = self.pipeline(pipeline, dot)?;
            let chosen = if value.is_true() { body } else { otherwise };
            let dot = if kind == BlockKind::With && value.is_true() { &value } else { dot };
            return self.nodes(chosen, dot);
        }
        // The names of a range stand for each item, not for the whole.
        let value = self.commands(pipeline, dot)?;
        let items: Vec<(Value, Value)> = match value {
            Value::List(items) => (0..).map(Value::Int).zip(items).collect(),
            Value::Map(map) => map.into_iter().map(|(key, value)| (Value::Text(key), value)).collect(),
            Value::Int(count) => {
                (0..count.clamp(0, i64::from(MAX_STEPS))).map(|at| (Value::Int(at), Value::Int(at))).collect()
            }
            Value::Nil | Value::NilList | Value::NilMap => Vec::new(),
            other => {
                let first = pipeline.commands.first().and_then(|command| command.first());
                let words = format!("range can't iterate over {}", other.print());
                return Err(first.map_or(words.clone(), |operand| self.error(operand, &words)));
            }
        };
        if items.is_empty() {
            return self.nodes(otherwise, dot);
        }
        let known = self.variables.len();
        for (key, item) in items {
            self.steps += 1;
            match pipeline.variables.as_slice() {
                [one] => self.variables.push((one.clone(), item.clone())),
                [one, two] => {
                    self.variables.push((one.clone(), key));
                    self.variables.push((two.clone(), item.clone()));
                }
                _ => {}
            }
            self.nodes(body, &item)?;
            self.variables.truncate(known);
        }
        Ok(())
    }

    /// The value of a pipeline; sets its variables.
    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, String> {
        let value = self.commands(pipeline, dot)?;
        for name in &pipeline.variables {
            let known = self.variables.iter_mut().rev().find(|(known, _)| known == name);
            match known.filter(|_| pipeline.is_assignment) {
                Some((_, old)) => *old = value.clone(),
                None => self.variables.push((name.clone(), value.clone())),
            }
        }
        Ok(value)
    }

    fn commands(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, String> {
        let mut last: Option<Value> = None;
        for command in &pipeline.commands {
            let Some((first, rest)) = command.split_first() else { continue };
            let value = if let OperandKind::Function(name) = &first.kind {
                let mut args = Vec::new();
                for operand in rest {
                    args.push(self.operand(operand, dot)?);
                }
                args.extend(last.take());
                functions::call(name, &args, self.purpose.is_header, self.purpose.escapes)
                    .map_err(|error| self.error_in(command, &format!("error calling {name}: {error}")))?
            } else if let (OperandKind::Field(path), Some(argument)) = (&first.kind, rest.first())
                && path.as_slice() == ["Label"]
            {
                // The method of a list's rows: `{{.Label "name"}}`.
                let name = self.operand(argument, dot)?.print();
                self.label(dot, &name)
            } else if !rest.is_empty() || last.is_some() {
                return Err(self.error(first, "can't give argument to non-function"));
            } else {
                self.operand(first, dot)?
            };
            last = Some(value);
        }
        Ok(last.unwrap_or(Value::Nil))
    }

    /// One label of a row, whose field `Labels` is `a=b,c=d`.
    fn label(&self, dot: &Value, name: &str) -> Value {
        let Value::Map(row) = dot else { return Value::text("") };
        if self.purpose.is_header {
            return Value::text(name);
        }
        let Some(Value::Text(labels)) = row.get("Labels") else { return Value::text("") };
        let pair = labels.split(',').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
        Value::text(pair.map_or("", |(_, value)| value))
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Result<Value, String> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(format!("template: more than {MAX_STEPS} steps"));
        }
        match &operand.kind {
            OperandKind::Field(path) => self.fields(operand, dot.clone(), path),
            OperandKind::Variable(name, path) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                let value = known.map_or(Value::Nil, |(_, value)| value.clone());
                self.fields(operand, value, path)
            }
            OperandKind::Function(name) => functions::call(name, &[], self.purpose.is_header, self.purpose.escapes)
                .map_err(|error| self.error(operand, &format!("error calling {name}: {error}"))),
            OperandKind::Text(text) => Ok(Value::Text(text.clone())),
            OperandKind::Int(number) => Ok(Value::Int(*number)),
            OperandKind::Bool(bool) => Ok(Value::Bool(*bool)),
            OperandKind::Nil => Ok(Value::Nil),
            OperandKind::Group(pipeline, path) => {
                let value = self.pipeline(pipeline, dot)?;
                self.fields(operand, value, path)
            }
        }
    }

    fn fields(&self, operand: &Operand, mut value: Value, path: &[String]) -> Result<Value, String> {
        for name in path {
            let found = match &value {
                Value::Struct(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()),
                Value::Map(map) => Some(map.get(name).cloned().unwrap_or(Value::Nil)),
                Value::NilMap => Some(Value::Nil),
                Value::Nil => return Err(self.error(operand, &format!("nil data; no entry for key {name:?}"))),
                other => {
                    let words = format!("can't evaluate field {name} in type {}", functions_type(other));
                    return Err(self.error(operand, &words));
                }
            };
            let is_row =
                matches!(&value, Value::Map(map) if !self.purpose.type_name.is_empty() && !map.contains_key(name));
            value = match found {
                Some(_) if is_row && !self.purpose.is_header => {
                    let words = format!("can't evaluate field {name} in type {}", self.purpose.type_name);
                    return Err(self.error(operand, &words));
                }
                Some(found) => found,
                None => return Err(self.error(operand, &format!("map has no entry for key {name:?}"))),
            };
        }
        Ok(value)
    }
}

fn functions_type(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "string",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        _ => "[]interface {}",
    }
}

/// The text of an operand, as Go prints it in an error.
fn source(operand: &Operand) -> String {
    let chain = |path: &[String]| path.iter().map(|name| format!(".{name}")).collect::<String>();
    match &operand.kind {
        OperandKind::Field(path) if path.is_empty() => ".".into(),
        OperandKind::Field(path) => chain(path),
        OperandKind::Variable(name, path) => name.clone() + &chain(path),
        OperandKind::Function(name) => name.clone(),
        OperandKind::Text(text) => format!("{text:?}"),
        OperandKind::Int(number) => number.to_string(),
        OperandKind::Bool(bool) => bool.to_string(),
        OperandKind::Nil => "nil".into(),
        OperandKind::Group(_, path) => format!("(…){}", chain(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value() -> Value {
        let labels = [("b".to_string(), Value::text("2")), ("a".to_string(), Value::text("1"))];
        Value::structure([
            ("Id", Value::text("sha256:abc")),
            ("Size", Value::Int(12)),
            (
                "Config",
                Value::structure([
                    ("Env", Value::List(vec![Value::text("PATH=/bin"), Value::text("A=b")])),
                    ("Labels", Value::Map(labels.into_iter().collect())),
                    ("Volumes", Value::NilMap),
                    ("Healthcheck", Value::Nil),
                ]),
            ),
        ])
    }

    fn run(text: &str) -> String {
        let run = |template: Template| template.execute(&value(), Purpose::default());
        Template::parse(text).and_then(run).unwrap_or_else(|error| format!("! {error}"))
    }

    #[test]
    fn templates_print_as_go_prints_them() {
        for (text, printed) in [
            ("{{.Id}} {{ .Size }}", "sha256:abc 12"),
            ("{{.Config.Env}}", "[PATH=/bin A=b]"),
            ("{{json .Config.Env}}{{.Config.Labels | json}}", r#"["PATH=/bin","A=b"]{"a":"1","b":"2"}"#),
            ("{{.Config.Labels}} {{.Config.Volumes}} {{json .Config.Volumes}}", "map[a:1 b:2] map[] null"),
            ("{{.Config.Labels.a}} {{.Config.Labels.c}}", "1 <no value>"),
            ("{{index .Config.Env 1}} {{index .Config.Labels \"b\"}} {{len .Config.Env}}", "A=b 2 2"),
            ("{{range .Config.Env}}{{println .}}{{end}}", "PATH=/bin\nA=b\n"),
            ("{{range $i, $e := .Config.Env}}{{$i}}={{upper $e}} {{else}}none{{end}}", "0=PATH=/BIN 1=A=B "),
            ("{{range $k, $v := .Config.Labels}}{{$k}}{{$v}};{{end}}", "a1;b2;"),
            ("{{if .Config.Healthcheck}}yes{{else if eq .Size 12}}twelve{{else}}no{{end}}", "twelve"),
            ("{{with .Config}}{{.Env | len}} {{$.Size}}{{end}}", "2 12"),
            ("{{join .Config.Env \", \"}} {{split .Id \":\"}} {{lower \"AB\"}}", "PATH=/bin, A=b [sha256 abc] ab"),
            ("{{$x := .Size}}{{$x}}{{$x = 3}}{{$x}}", "123"),
            ("{{printf \"%-4s|%4d|%q\" .Id .Size \"x\"}}", "sha256:abc|  12|\"x\""),
            ("a {{- /* no */ -}} b{{- 1 }}", "ab1"),
            ("{{slice .Id 7}} {{truncate .Id 3}} {{pad \"x\" 1 2}}|{{title \"ab c\"}}", "abc sha  x  |Ab C"),
            ("{{(index .Config.Env 0)}}{{not true}}{{and 1 \"\"}}{{or \"\" 2}}", "PATH=/binfalse2"),
            ("{{.Foo}}", "! template: :1:2: executing \"\" at <.Foo>: map has no entry for key \"Foo\""),
            ("{{.Config.Foo}}", "! template: :1:9: executing \"\" at <.Config.Foo>: map has no entry for key \"Foo\""),
            ("{{.Foo", "! template: :1: unclosed action"),
            ("{{foo}}", "! template: :1: function \"foo\" not defined"),
            ("{{if .Id}}x", "! template: :1: unexpected EOF"),
            ("{{end}}", "! template: :1: unexpected {{end}}"),
            ("{{}}", "! template: :1: missing value for command"),
        ] {
            assert_eq!(run(text), printed, "{text}");
        }
    }

    #[test]
    fn hostile_templates_end() {
        for text in [
            "{{(".repeat(5000),
            format!("{{{{{}1{}}}}}", "(".repeat(4000), ")".repeat(4000)),
            "{{if 1}}".repeat(1500),
            "{{if 1}}{{else ".repeat(900),
            "{{range 100000}}{{range 100000}}{{printf \"%1000d\" .}}{{end}}{{end}}".into(),
            "{{\"\u{e9}".into(),
            "{{'\u{e9}'}}{{printf \"%999999999s\" .Id}}{{pad .Id 99999999 9}}{{slice .Id 5 2}}".into(),
            "{{-}}{{- -}}{{.}}{{.Id.X}}{{$.Id | .Size}}{{--5}}{{1.5}}".into(),
        ] {
            let printed = run(&text);
            assert!(printed.len() < 3 << 20);
        }
    }
}
