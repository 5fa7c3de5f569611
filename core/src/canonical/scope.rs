//! The variables of a stage while its instructions are written: the image's environment and the build arguments.

use crate::dockerfile::{Budget, Instruction, Kind, Lex, Variables};
use crate::engine::Builder;
use crate::fs::path;
use crate::image::Config;
use imbl::{OrdMap, OrdSet, Vector};
use std::rc::Rc;

/// What words of a stage expand to at one point. A clone shares everything that does not change.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// The image's environment.
    env: OrdMap<Rc<str>, Rc<str>>,
    /// Build arguments in scope that have a value.
    args: OrdMap<Rc<str>, Rc<str>>,
    /// Bytes of the names and values of the build arguments.
    arg_bytes: usize,
    /// The volumes of the image, as clean absolute paths.
    volumes: OrdSet<Rc<str>>,
    /// Build arguments with the name of a variable that was set before them. Stages do not inherit them.
    own_args: OrdSet<Rc<str>>,
    /// The shell of SHELL, or of the image.
    shell: Option<Rc<[String]>>,
    /// Triggers for the stages that stand on this one.
    pub(super) on_build: Vector<Rc<str>>,
    /// Of a variable and a build argument of one name BuildKit takes the later, the classic builder the variable.
    later_wins: bool,
    escape: char,
    /// What the words of the whole Dockerfile may still cost.
    budget: Rc<Budget>,
}

impl Variables for Scope {
    fn get(&self, name: &str) -> Option<&str> {
        let (env, arg) = (self.env.get(name).map(|value| &**value), self.args.get(name).map(|value| &**value));
        if self.later_wins { arg.or(env) } else { env.or(arg) }
    }
}

impl Scope {
    /// How many variables and build arguments have a value.
    pub(super) fn variable_count(&self) -> usize {
        self.env.len() + self.args.len()
    }

    /// Bytes of the build arguments that the classic builder writes into the history of a RUN, at most.
    pub(super) fn arg_bytes(&self) -> usize {
        self.arg_bytes
    }

    /// Adds a volume. Returns false if it is below another volume, or another one is below it.
    pub(super) fn add_volume(&mut self, volume: &str) -> bool {
        let volume = path::join("/", volume);
        let is_nested = self
            .volumes
            .iter()
            .any(|other| **other != *volume && (path::is_within(other, &volume) || path::is_within(&volume, other)));
        self.volumes.insert(volume.into());
        !is_nested
    }

    /// The scope of a stage that begins on an image.
    pub(super) fn of_image(config: &Config, builder: Builder, escape: char, budget: Rc<Budget>) -> Self {
        let pairs = config.env.iter().filter_map(|pair| pair.split_once('='));
        Scope {
            env: pairs.map(|(name, value)| (Rc::from(name), Rc::from(value))).collect(),
            args: OrdMap::new(),
            arg_bytes: 0,
            volumes: config.volumes.iter().map(|volume| Rc::from(path::join("/", volume))).collect(),
            own_args: OrdSet::new(),
            shell: config.shell.as_deref().map(Rc::from),
            on_build: config.on_build.iter().map(|trigger| trigger.as_str().into()).collect(),
            later_wins: builder == Builder::Buildkit,
            escape,
            budget,
        }
    }

    /// What a stage that stands on this one begins with: under BuildKit with its build arguments, behind which the
    /// image's variables come; under the classic builder without.
    pub(super) fn inherited(mut self) -> Self {
        match self.later_wins {
            true => {
                for name in std::mem::take(&mut self.own_args) {
                    self.args.remove(&name);
                }
            }
            false => (self.args, self.arg_bytes) = (OrdMap::new(), 0),
        }
        self
    }

    /// A word with its variables replaced and its quotes removed.
    pub(super) fn expand(&self, word: &str) -> Result<String, String> {
        let expanded = Lex::new(self.escape).word(word, self, &self.budget);
        expanded.map(|found| found.text.into_owned()).map_err(|error| error.message)
    }

    /// A here-document with its variables replaced; its escape is always a backslash.
    pub(super) fn expand_document(&self, text: &str) -> Result<String, String> {
        let lex = Lex { skip_quotes: true, ..Lex::new('\\') };
        lex.word(text, self, &self.budget).map(|found| found.text.into_owned()).map_err(|error| error.message)
    }

    /// Sets a variable of the image.
    pub(super) fn set_env(&mut self, name: &str, value: &str) {
        self.env.insert(name.into(), value.into());
        if self.later_wins {
            self.args.remove(name);
            self.own_args.remove(name);
        }
    }

    /// Sets a build argument.
    pub(super) fn set_arg(&mut self, name: &str, value: &str) {
        let before = self.args.insert(name.into(), value.into());
        let (replaced, added) = match &before {
            Some(before) => (before.len(), value.len()),
            None => (0, name.len() + value.len()),
        };
        self.arg_bytes = (self.arg_bytes + added).saturating_sub(replaced);
        if self.later_wins && self.env.contains_key(name) {
            self.own_args.insert(name.into());
        }
    }

    /// Sets the shell that shell forms start.
    pub(super) fn set_shell(&mut self, words: &[String]) {
        self.shell = Some(words.into());
    }

    /// The shell that shell forms start.
    pub(super) fn shell(&self) -> Vec<String> {
        self.shell.as_deref().map_or_else(|| Config::default().shell(), <[String]>::to_vec)
    }

    /// Takes over what a trigger of the base image does to the variables; the builder carries it out itself. `value` is
    /// the value of a build argument with a name and a default. Returns the variables that it sets.
    pub(super) fn triggered(
        &mut self,
        trigger: &Instruction,
        value: impl Fn(&str, Option<String>) -> Option<String>,
    ) -> Result<Vec<(String, String)>, String> {
        let mut set = Vec::new();
        match &trigger.kind {
            Kind::Env(pairs) => {
                let expand = |(name, value): &(String, String)| Ok((self.expand(name)?, self.expand(value)?));
                set = pairs.iter().map(expand).collect::<Result<_, String>>()?;
                set.iter().for_each(|(name, value)| self.set_env(name, value));
            }
            Kind::Arg(args) => {
                for (name, default) in args {
                    let default = default.as_ref().map(|word| self.expand(word)).transpose()?;
                    if let Some(value) = value(name, default) {
                        self.set_arg(name, &value);
                        set.push((name.clone(), value));
                    }
                }
            }
            Kind::Shell(words) => self.set_shell(words),
            _ => {}
        }
        Ok(set)
    }
}
