//! Functions: awk's own and those of a program.

use super::interpreter::{Frame, MAX_CALLS, MAX_TEXT, Machine};
use super::parser::{Expr, Function};
use super::value::Value;
use crate::shell::builtins::printf::formatted;

impl Machine<'_> {
    pub(crate) fn format(&mut self, values: &[Value]) -> String {
        let Some((format, arguments)) = values.split_first() else { return String::new() };
        let words: Vec<String> = arguments.iter().map(Value::text).collect();
        let numbers: Vec<f64> = arguments.iter().map(Value::number).collect();
        let is_number = |at: usize| matches!(arguments.get(at), Some(Value::Number(_)));
        formatted(&format.text(), |at, kind| match kind {
            'c' if is_number(at) => numbers.get(at).and_then(|code| char::from_u32(*code as u32)).map(String::from),
            'd' | 'i' | 'o' | 'x' | 'X' | 'u' => numbers.get(at).map(|number| (number.trunc() as i64).to_string()),
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => numbers.get(at).map(f64::to_string),
            _ => words.get(at).cloned(),
        })
    }

    pub(crate) fn call(&mut self, name: &str, arguments: &[Expr]) -> Value {
        let program = self.program;
        if let Some(function) = program.functions.iter().find(|function| function.name == name) {
            return self.call_own(function, arguments);
        }
        if let Some(value) = self.call_gnu(name, arguments) {
            return value;
        }
        if let ("split", [text, Expr::Variable(array), by @ ..]) = (name, arguments) {
            let text = self.eval(text).text();
            let parts = self.split(&text, by.first());
            let count = parts.len();
            let all = parts.into_iter().enumerate().map(|(at, part)| ((at + 1).to_string(), Value::Input(part)));
            let array = self.array_name(array);
            self.arrays.insert(array, all.collect());
            return Value::Number(count as f64);
        }
        if let ("sub" | "gsub", [pattern, with, place @ ..]) = (name, arguments) {
            return self.substitute(name == "gsub", pattern, with, place.first());
        }
        if let ("length", [Expr::Variable(array)]) = (name, arguments) {
            let outside = self.array_name_if(array);
            if let Some(all) = self.arrays.get(&outside) {
                return Value::Number(all.len() as f64);
            }
        }
        if let ("match", [text, pattern]) = (name, arguments) {
            return self.matched(text, pattern, None);
        }
        let values: Vec<Value> = arguments.iter().map(|argument| self.eval(argument)).collect();
        let text = |at: usize| values.get(at).map(Value::text).unwrap_or_default();
        let number = |at: usize| values.get(at).map(Value::number).unwrap_or_default();
        match name {
            "length" if values.is_empty() => Value::Number(self.whole().chars().count() as f64),
            "length" => Value::Number(text(0).chars().count() as f64),
            "substr" => {
                let (all, start) = (text(0), number(1).round());
                let end = if values.len() > 2 { start + number(2).round() } else { f64::INFINITY };
                let inside = |(at, _): &(usize, char)| (*at as f64 + 1.0) >= start && (*at as f64 + 1.0) < end;
                Value::Text(all.chars().enumerate().filter(inside).map(|(_, c)| c).collect())
            }
            "index" => {
                let (all, part) = (text(0), text(1));
                let at = all.find(&part).map_or(0, |at| all.get(..at).unwrap_or("").chars().count() + 1);
                Value::Number(at as f64)
            }
            "toupper" => Value::Text(text(0).to_ascii_uppercase()),
            "tolower" => Value::Text(text(0).to_ascii_lowercase()),
            "sprintf" => Value::Text(self.format(&values)),
            "int" => Value::Number(number(0).trunc()),
            "sqrt" => Value::Number(number(0).sqrt()),
            "exp" => Value::Number(number(0).exp()),
            "log" => Value::Number(number(0).ln()),
            "sin" => Value::Number(number(0).sin()),
            "cos" => Value::Number(number(0).cos()),
            "atan2" => Value::Number(number(0).atan2(number(1))),
            "close" | "fflush" => Value::Number(self.close(&text(0))),
            "system" => {
                self.close_all();
                let positional = self.shell.positional.clone();
                let command = text(0);
                Value::Number(f64::from(self.shell.nested(positional, |shell| shell.run_script(&command))))
            }
            // What chance or the clock gives is not known.
            "rand" | "srand" | "systime" | "strftime" => {
                self.shell.gap("unknown-output", format!("awk: {name}()"));
                Value::Number(0.0)
            }
            "" => values.last().cloned().unwrap_or_default(),
            other => {
                self.shell.gap("unmodelled-option", format!("awk: {other}()"));
                Value::Unset
            }
        }
    }

    /// As [`Self::array_name`], and nothing becomes an array by it.
    fn array_name_if(&self, name: &str) -> String {
        let frame = self.frames.last();
        frame.and_then(|frame| frame.arrays.get(name)).cloned().unwrap_or_else(|| name.to_string())
    }

    fn call_own(&mut self, function: &Function, arguments: &[Expr]) -> Value {
        if self.frames.len() >= MAX_CALLS {
            self.steps = 0;
            self.shell.gap("too-many-steps", "awk");
            return Value::Unset;
        }
        let mut frame = Frame::default();
        for (at, parameter) in function.parameters.iter().enumerate() {
            if let Some(Expr::Variable(name)) = arguments.get(at) {
                let outside = self.array_name_if(name);
                if self.arrays.contains_key(&outside) {
                    frame.arrays.insert(parameter.clone(), outside);
                    continue;
                }
            }
            let value = arguments.get(at).map(|argument| self.eval(argument)).unwrap_or_default();
            frame.values.insert(parameter.clone(), value);
        }
        self.frames.push(frame);
        self.block(&function.body);
        self.frames.pop().map(|frame| frame.result).unwrap_or_default()
    }

    fn substitute(&mut self, all: bool, pattern: &Expr, with: &Expr, place: Option<&Expr>) -> Value {
        let pattern = self.pattern(pattern);
        let with = self.eval(with).text();
        let record = Expr::Field(Box::new(Expr::Number(0.0)));
        let place = place.unwrap_or(&record);
        let text = self.eval(place).text();
        let Some(regex) = self.regex(&pattern) else { return Value::Number(0.0) };
        let (mut out, mut at, mut count) = (String::new(), 0, 0.0);
        for found in regex.find_iter(&text) {
            out.push_str(text.get(at..found.start()).unwrap_or(""));
            let mut chars = with.chars();
            while let Some(c) = chars.next() {
                match c {
                    '&' => out.push_str(found.as_str()),
                    '\\' => match chars.next() {
                        Some(c @ ('&' | '\\')) => out.push(c),
                        Some(c) => out.extend(['\\', c]),
                        None => out.push('\\'),
                    },
                    c => out.push(c),
                }
            }
            at = found.end();
            count += 1.0;
            if !all || out.len() > MAX_TEXT {
                break;
            }
        }
        if count > 0.0 {
            out.push_str(text.get(at..).unwrap_or(""));
            self.assign(place, Value::Text(out));
        }
        Value::Number(count)
    }
}
