//! The interface between the language and the commands that scripts call: builtins and programs.

use super::{Gap, Shell};
use crate::fs::Doubt;
use std::any::{Any, TypeId};
use std::collections::BTreeMap;

/// The model of a command: gets its words, the name first; returns the exit code.
pub type Model = fn(&mut Shell, &[String]) -> i32;

/// The programs that a shell can run, as far as they have models.
pub trait Programs {
    /// The model of a builtin: it needs no file.
    fn builtin(&self, name: &str) -> Option<Model>;

    /// The model of the program that is called `name`, without folders.
    fn find(&self, name: &str) -> Option<Model>;

    /// The words of a call in the form that models read; `None` if they are in that form already.
    fn normalize(&self, argv: &[String]) -> Option<Vec<String>>;

    /// Runs a command without a model of which only the sizes of what it writes can be told; false for any other.
    fn estimate(&self, shell: &mut Shell, argv: &[String]) -> bool;

    /// How uncertain the file system is after something that is not modelled. `argv` is the last call.
    fn doubt(&self, gap: &Gap, argv: &[String]) -> Doubt;
}

/// Values that programs keep in a shell, one for each type. The shell language itself does not use them.
#[derive(Default)]
pub(crate) struct Extensions(BTreeMap<TypeId, Box<dyn Any>>);

impl Extensions {
    /// The value of a type, if one was kept.
    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// Stores a value in place of the previous one of its type.
    pub(crate) fn insert<T: Any>(&mut self, value: T) {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
    }

    /// The mutable value of a type; a default one is created if there is none.
    pub(crate) fn get_or_default<T: Any + Default>(&mut self) -> Option<&mut T> {
        self.0.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default())).downcast_mut()
    }
}

impl Shell {
    /// The model of a program.
    pub(crate) fn program(&self, name: &str) -> Option<Model> {
        self.programs.find(name)
    }

    /// Runs a program's model.
    ///
    /// A program that fails after it met a file of unknown content may as well succeed: it is taken to, with a gap.
    pub(crate) fn run_model(&mut self, model: Model, argv: &[String]) -> i32 {
        let (met_before, gaps) = (self.met_unknown_content.replace(false), self.gaps.len());
        let status = match self.programs.normalize(argv) {
            Some(words) => model(self, &words),
            None => model(self, argv),
        };
        let met = self.met_unknown_content.get();
        self.met_unknown_content.set(met || met_before);
        if status == 0 || self.gaps.len() > gaps {
            return status;
        }
        if met {
            self.gap("unknown-content", argv.join(" "));
            return 0;
        }
        status
    }
}
