//! Variables of a shell: values, arrays, `export`, `readonly`, and the local variables of functions.

use super::Shell;
use super::arrays::Array;
use super::language::Language;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub(crate) struct Variable {
    pub(super) value: String,
    pub(crate) exported: bool,
    pub(super) readonly: bool,
    /// The elements of an array variable, for which `value` is not used.
    pub(super) array: Option<Array>,
}

impl Variable {
    /// The value of `$name`.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.array {
            Some(array) => array.first(),
            None => Some(&self.value),
        }
    }

    /// Its elements. A variable that is not an array becomes one.
    pub(super) fn as_array(&mut self, named: bool) -> &mut Array {
        let value = std::mem::take(&mut self.value);
        self.array.get_or_insert_with(|| match Array::new(named) {
            Array::Indexed(mut elements) if !value.is_empty() => {
                elements.insert(0, value);
                Array::Indexed(elements)
            }
            array => array,
        })
    }
}

pub(crate) type Variables = BTreeMap<String, Variable>;

/// A variable that `local` hid, or nothing if there was none.
pub(super) type HiddenVariable = (String, Option<Variable>);

impl Shell {
    /// Sets a variable.
    ///
    /// # Errors
    /// It is read-only: the shell's words.
    pub(super) fn assign_var(&mut self, name: &str, value: String, export: bool) -> Result<(), String> {
        if self.vars.get(name).is_some_and(|var| var.readonly) {
            let words = if self.language() == Language::Bash { "readonly variable" } else { "is read only" };
            return Err(format!("{}: {name}: {words}", self.message_prefix()));
        }
        self.set_var(name, value, export);
        Ok(())
    }

    pub(crate) fn set_var(&mut self, name: &str, value: String, export: bool) {
        let all = self.options.allexport;
        let variable = self.vars.entry(name.to_string()).or_default();
        match &mut variable.array {
            Some(array) => array.set_first(value),
            None => variable.value = value,
        }
        variable.exported |= export || all;
    }

    /// Makes a variable local: its value is restored when the running function ends.
    pub(super) fn hide(&mut self, name: &str) {
        let old = self.vars.get(name).cloned();
        if let Some(frame) = self.locals.last_mut()
            && !frame.iter().any(|(known, _)| known == name)
        {
            frame.push((name.to_string(), old));
        }
    }

    /// Restores the variables that a function hid.
    pub(super) fn restore_hidden(&mut self, frame: Vec<HiddenVariable>) {
        for (name, old) in frame {
            match old {
                Some(variable) => self.vars.insert(name, variable),
                None => self.vars.remove(&name),
            };
        }
    }
}
