//! The variables of a stage while its instructions are written: the image's environment and the build arguments.

use crate::dockerfile::{Budget, Instruction, Kind, Lex, Variables};
use crate::engine::Builder;
use crate::image::Config;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What words of a stage expand to at one point.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// Environment, shell and triggers, as far as the instructions so far set them.
    pub(super) config: Config,
    /// Build arguments in scope that have a value.
    pub(super) args: BTreeMap<String, String>,
    /// Of a variable and a build argument of one name BuildKit takes the later, the classic builder the variable.
    later_wins: bool,
    escape: char,
    /// What the words of the whole Dockerfile may still cost.
    budget: Rc<Budget>,
}

impl Variables for Scope {
    fn get(&self, name: &str) -> Option<&str> {
        let (env, arg) = (self.config.env_value(name), self.args.get(name).map(String::as_str));
        if self.later_wins { arg.or(env) } else { env.or(arg) }
    }
}

impl Scope {
    /// Of a stage that begins on an image, or on a stage with its arguments.
    pub(super) fn new(
        config: Config,
        mut args: BTreeMap<String, String>,
        builder: Builder,
        escape: char,
        budget: Rc<Budget>,
    ) -> Self {
        // Under BuildKit a stage has the arguments of the stage that it stands on; the image's variables come behind them.
        args.retain(|name, _| builder == Builder::Buildkit && config.env_value(name).is_none());
        Scope { config, args, later_wins: builder == Builder::Buildkit, escape, budget }
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
        self.config.set_env(name, value);
        if self.later_wins {
            self.args.remove(name);
        }
    }

    /// Takes over what a trigger of the base image does to the variables; the builder carries it out itself. `value` is
    /// the value of a build argument with a name and a default.
    pub(super) fn triggered(
        &mut self,
        trigger: &Instruction,
        value: impl Fn(&str, Option<String>) -> Option<String>,
    ) -> Result<(), String> {
        match &trigger.kind {
            Kind::Env(pairs) => {
                let expand = |(name, value): &(String, String)| Ok((self.expand(name)?, self.expand(value)?));
                let pairs: Vec<(String, String)> = pairs.iter().map(expand).collect::<Result<_, String>>()?;
                pairs.iter().for_each(|(name, value)| self.set_env(name, value));
            }
            Kind::Arg(args) => {
                for (name, default) in args {
                    let default = default.as_ref().map(|word| self.expand(word)).transpose()?;
                    if let Some(value) = value(name, default) {
                        self.args.insert(name.clone(), value);
                    }
                }
            }
            Kind::Shell(words) => self.config.shell = Some(words.clone()),
            _ => {}
        }
        Ok(())
    }
}
