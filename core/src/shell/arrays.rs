//! bash's arrays: `a=(x y)`, `declare -A m`, `${a[@]}`.

use super::Shell;
use super::language::Language;
use super::variables::Variable;
use brush_parser::ast::Word;
use brush_parser::word::{Parameter, ParameterExpr as P, SpecialParameter};
use std::collections::BTreeMap;

/// The highest index of an array. Arrays are sparse maps, but loops over their indices are not.
const MAX_INDEX: i64 = 1 << 20;
/// Elements of one array.
const MAX_ELEMENTS: usize = 1 << 16;

/// The elements of a variable. bash lists those of associative arrays in the order of its hash table, which is not
/// modelled: they come in the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Array {
    Indexed(BTreeMap<u32, String>),
    Named(BTreeMap<String, String>),
}

impl Array {
    pub(super) fn new(named: bool) -> Array {
        if named { Array::Named(BTreeMap::new()) } else { Array::Indexed(BTreeMap::new()) }
    }

    /// The value of `$a`: the first element.
    pub(super) fn first(&self) -> Option<&str> {
        match self {
            Array::Indexed(elements) => elements.get(&0),
            Array::Named(elements) => elements.get("0"),
        }
        .map(String::as_str)
    }

    pub(super) fn set_first(&mut self, value: String) {
        match self {
            Array::Indexed(elements) => elements.insert(0, value),
            Array::Named(elements) => elements.insert("0".into(), value),
        };
    }

    pub(super) fn values(&self) -> Vec<String> {
        match self {
            Array::Indexed(elements) => elements.values().cloned().collect(),
            Array::Named(elements) => elements.values().cloned().collect(),
        }
    }

    fn keys(&self) -> Vec<String> {
        match self {
            Array::Indexed(elements) => elements.keys().map(u32::to_string).collect(),
            Array::Named(elements) => elements.keys().cloned().collect(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Array::Indexed(elements) => elements.len(),
            Array::Named(elements) => elements.len(),
        }
    }
}

/// The key of one element.
enum Key {
    Index(u32),
    Name(String),
}

/// Splits `a[i]` into name and index.
pub(crate) fn subscript(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('[')?;
    Some((name, rest.strip_suffix(']')?))
}

impl Shell {
    fn is_named(&self, name: &str) -> bool {
        matches!(self.vars.get(name), Some(Variable { array: Some(Array::Named(_)), .. }))
    }

    /// # Errors
    /// The index is no number, or out of bounds: the shell's words.
    fn key(&mut self, name: &str, index: &str) -> Result<Key, String> {
        let text = self.expand_text(index)?;
        if self.is_named(name) {
            return Ok(Key::Name(text));
        }
        let number = self.arithmetic(&text)?;
        let end = match self.vars.get(name).and_then(|var| var.array.as_ref()) {
            Some(Array::Indexed(elements)) => elements.keys().next_back().map_or(0, |last| i64::from(*last) + 1),
            _ => 1,
        };
        let place = if number < 0 { end + number } else { number };
        match u32::try_from(place).ok().filter(|_| place <= MAX_INDEX) {
            Some(place) => Ok(Key::Index(place)),
            None => Err(format!("{}: {name}[{index}]: bad array subscript", self.message_prefix())),
        }
    }

    /// The value of `${name[index]}`. A variable that is not an array has one element.
    ///
    /// # Errors
    /// The index is none.
    pub(super) fn element(&mut self, name: &str, index: &str) -> Result<Option<String>, String> {
        let key = self.key(name, index)?;
        let Some(variable) = self.vars.get(name) else { return Ok(None) };
        Ok(match (&variable.array, key) {
            (Some(Array::Indexed(elements)), Key::Index(at)) => elements.get(&at).cloned(),
            (Some(Array::Named(elements)), Key::Name(key)) => elements.get(&key).cloned(),
            (None, Key::Index(0)) => Some(variable.value.clone()),
            _ => None,
        })
    }

    /// `name[index]=value`.
    ///
    /// # Errors
    /// The index is none, or the variable is read-only.
    pub(super) fn set_element(&mut self, name: &str, index: &str, value: String, append: bool) -> Result<(), String> {
        let key = self.key(name, index)?;
        let old = if append { self.element(name, index)?.unwrap_or_default() } else { String::new() };
        let variable = self.writable(name)?;
        let array = variable.as_array(false);
        if array.len() < MAX_ELEMENTS {
            match (array, key) {
                (Array::Indexed(elements), Key::Index(at)) => elements.insert(at, old + &value),
                (Array::Named(elements), Key::Name(key)) => elements.insert(key, old + &value),
                _ => None,
            };
        }
        Ok(())
    }

    /// Sets `name` or `name[index]`.
    ///
    /// # Errors
    /// As above.
    pub(super) fn assign_place(&mut self, place: &str, value: String) -> Result<(), String> {
        match subscript(place) {
            Some((name, index)) => self.set_element(name, index, value, false),
            None => self.assign_var(place, value, false),
        }
    }

    /// `name=(…)` and `name+=(…)`.
    ///
    /// # Errors
    /// Only bash has arrays; a word that cannot be expanded; the variable is read-only.
    pub(super) fn assign_array(
        &mut self,
        name: &str,
        elements: &[(Option<Word>, Word)],
        append: bool,
    ) -> Result<(), String> {
        if self.language() != Language::Bash {
            let ash = self.language() == Language::Ash;
            let words = if ash { "syntax error: unexpected \"(\"" } else { "Syntax error: \"(\" unexpected" };
            return Err(format!("{}: {words}", self.message_prefix()));
        }
        let named = self.is_named(name);
        let mut given: Vec<(Option<String>, String)> = Vec::new();
        for (key, word) in elements {
            match key {
                Some(key) => given.push((Some(key.value.clone()), self.expand_one(word)?)),
                None => given.extend(self.expand_word(word)?.into_iter().map(|text| (None, text))),
            }
        }
        let variable = self.writable(name)?;
        if append {
            variable.as_array(named);
        } else {
            variable.array = Some(Array::new(named));
        }
        for (key, text) in given {
            let key = match key {
                Some(key) => key,
                None => match self.vars.get(name).and_then(|var| var.array.as_ref()) {
                    Some(Array::Indexed(elements)) => {
                        elements.keys().next_back().map_or(0, |last| last + 1).to_string()
                    }
                    _ => text.clone(),
                },
            };
            self.set_element(name, &key, text, false)?;
        }
        Ok(())
    }

    /// Sets an indexed array to these values, as `mapfile` and `read -a` do.
    ///
    /// # Errors
    /// The variable is read-only.
    pub(super) fn set_array(&mut self, name: &str, values: Vec<String>) -> Result<(), String> {
        self.writable(name)?.array = Some(Array::Indexed((0..).zip(values).take(MAX_ELEMENTS).collect()));
        Ok(())
    }

    /// `unset 'a[1]'`.
    pub(super) fn unset_element(&mut self, name: &str, index: &str) {
        let Ok(key) = self.key(name, index) else { return };
        match (self.vars.get_mut(name).and_then(|var| var.array.as_mut()), key) {
            (Some(Array::Indexed(elements)), Key::Index(at)) => elements.remove(&at),
            (Some(Array::Named(elements)), Key::Name(key)) => elements.remove(&key),
            _ => None,
        };
    }

    /// All elements of a variable. A variable that is not an array has one; an unset one has none.
    pub(super) fn elements(&self, name: &str) -> Vec<String> {
        match self.vars.get(name) {
            Some(Variable { array: Some(array), .. }) => array.values(),
            Some(variable) => vec![variable.value.clone()],
            None => Vec::new(),
        }
    }

    fn writable(&mut self, name: &str) -> Result<&mut Variable, String> {
        if self.vars.get(name).is_some_and(|var| var.readonly) {
            return Err(format!("{}: {name}: readonly variable", self.message_prefix()));
        }
        Ok(self.vars.entry(name.to_string()).or_default())
    }

    /// The values of an expression that expands to several words, and whether they form one word in quotes (`*`).
    ///
    /// # Errors
    /// What [`Shell::expand_text`] gives.
    pub(super) fn multiple_values(&mut self, expression: &P) -> Result<Option<(Vec<String>, bool)>, String> {
        self.check_expansion(expression)?;
        let bash = self.language() == Language::Bash;
        Ok(match expression {
            P::Parameter { parameter, indirect: false } => self.list_values(parameter),
            P::MemberKeys { variable_name, concatenate } => {
                let keys = match self.vars.get(variable_name) {
                    Some(Variable { array: Some(array), .. }) => array.keys(),
                    Some(_) => vec!["0".to_string()],
                    None => Vec::new(),
                };
                Some((keys, *concatenate))
            }
            P::VariableNames { prefix, concatenate } => {
                Some((self.vars.keys().filter(|name| name.starts_with(prefix)).cloned().collect(), *concatenate))
            }
            P::Substring { parameter, offset, length, indirect: false } => match self.list_values(parameter) {
                Some((mut values, concatenate)) => {
                    // The parameters of a script are counted from its name.
                    if let Parameter::Special(_) = parameter {
                        values.insert(0, self.name.clone());
                    }
                    let range = self.range(values.len(), offset, length.as_ref())?;
                    Some((values.get(range).unwrap_or(&[]).to_vec(), concatenate))
                }
                None => None,
            },
            _ if bash => match self.changed_values(expression) {
                Some((values, concatenate)) => {
                    let mut changed = Vec::new();
                    for value in values {
                        changed.push(self.apply_expression(expression, value)?);
                    }
                    Some((changed, concatenate))
                }
                None => None,
            },
            _ => None,
        })
    }

    /// The values of an expression that changes each element, such as `${a[@]#x}`.
    fn changed_values(&self, expression: &P) -> Option<(Vec<String>, bool)> {
        match expression {
            P::RemoveSmallestSuffixPattern { parameter, .. }
            | P::RemoveLargestSuffixPattern { parameter, .. }
            | P::RemoveSmallestPrefixPattern { parameter, .. }
            | P::RemoveLargestPrefixPattern { parameter, .. }
            | P::ReplaceSubstring { parameter, .. }
            | P::UppercasePattern { parameter, .. }
            | P::LowercasePattern { parameter, .. }
            | P::UppercaseFirstChar { parameter, .. }
            | P::LowercaseFirstChar { parameter, .. }
            | P::Transform { parameter, .. } => self.list_values(parameter),
            _ => None,
        }
    }

    /// `$@`, `$*`, `${a[@]}`, `${a[*]}`.
    fn list_values(&self, parameter: &Parameter) -> Option<(Vec<String>, bool)> {
        match parameter {
            Parameter::Special(SpecialParameter::AllPositionalParameters { concatenate }) => {
                Some((self.positional.clone(), *concatenate))
            }
            Parameter::NamedWithAllIndices { name, concatenate } => Some((self.elements(name), *concatenate)),
            _ => None,
        }
    }
}
