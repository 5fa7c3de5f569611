//! The build arguments that an engine gets beside the Dockerfile.
//!
//! BuildKit's frontend reads options by the names of build arguments: `BUILDKIT_SYNTAX` names an image whose program
//! runs as frontend, `BUILDKIT_MULTI_PLATFORM`, `BUILDKIT_SANDBOX_HOSTNAME`, `BUILDKIT_DOCKERFILE_CHECK`,
//! `BUILDKIT_ATTEST_*`, `SOURCE_DATE_EPOCH` and others change the build (BuildKit: `frontend/dockerfile/builder`,
//! `frontend/dockerui/config.go`, `frontend/attestations`, `exporter/util/epoch`), and later releases may add names. So
//! a name that a person chose never becomes a build argument of the engine. Values stand in the text. A value that no
//! line can hold goes under a name of the server's own, and a line before the first stage gives it to the argument:
//!
//! ```text
//! ARG STAGEPLAY_ARG_0
//! ARG KEY="$STAGEPLAY_ARG_0"
//! ```
//!
//! Both builders hand the value of an ARG before the first stage to an `ARG KEY` without a default in a stage, and keep
//! `STAGEPLAY_ARG_0` out of the stages, which do not declare it.

use super::scope::Scope;
use super::words::{is_plain, quoted};
use super::writer::{Writer, parse_trigger};
use super::{Refused, inexpressible, refuse};
use crate::build::is_predefined_arg;
use crate::dockerfile::{Instruction, Kind};
use crate::plan::Base;
use std::collections::{BTreeMap, BTreeSet};

/// How the names begin under which an engine gets values that no line can hold.
pub const HANDED_PREFIX: &str = "STAGEPLAY_ARG_";

/// Where an argument is declared.
struct Declaration {
    line: usize,
    /// A trigger of a base image declares it, which is not written anew.
    by_base: bool,
}

impl Writer<'_> {
    /// Writes the ARG lines that stand before those of the Dockerfile, and collects the build arguments of the engine.
    ///
    /// # Errors
    /// A value is too long, or contains NUL.
    pub(super) fn preceding_args(&mut self) -> Result<(), Refused> {
        let predefined = self.request.build_args.iter().filter(|(name, _)| is_predefined_arg(name));
        self.out.args = predefined.map(|(name, value)| (name.clone(), value.clone())).collect();
        let declarations = self.declarations();
        for (name, value) in &self.request.build_args {
            let Some(Declaration { line, by_base }) = declarations.get(name) else { continue };
            if !is_plain(name, "_.-") || is_predefined_arg(name) {
                continue;
            }
            if quoted(value).is_some() {
                if *by_base && !self.plan.global.iter().any(|one| declared(one).any(|(known, _)| known == name)) {
                    let text = self.arg(name, Some(value), *line)?;
                    self.precede(&format!("ARG {text}"), name, *line)?;
                }
                continue;
            }
            let what = format!("the value of {name}");
            self.count_value(value, &what, *line)?;
            if value.contains('\0') {
                return Err(inexpressible(&what, *line));
            }
            let handed = format!("{HANDED_PREFIX}{}", self.handed.len());
            self.precede(&format!("ARG {handed}"), name, *line)?;
            self.precede(&format!("ARG {name}=\"${handed}\""), name, *line)?;
            self.out.args.insert(handed.clone(), value.clone());
            self.handed.insert(name.clone(), handed);
        }
        Ok(())
    }

    fn precede(&mut self, text: &str, name: &str, line: usize) -> Result<(), Refused> {
        self.push(text, line)?;
        self.out.preceding.push(format!("ARG {name}"));
        Ok(())
    }

    /// All arguments that the Dockerfile and the triggers of its base images declare, each where it comes first.
    fn declarations(&self) -> BTreeMap<String, Declaration> {
        let mut found: BTreeMap<String, Declaration> = BTreeMap::new();
        let mut add = |instruction: &Instruction, line: usize, by_base: bool| {
            for (name, _) in declared(instruction) {
                found.entry(name.clone()).or_insert(Declaration { line, by_base }).by_base |= by_base;
            }
        };
        self.plan.global.iter().for_each(|instruction| add(instruction, instruction.line, false));
        let mut bases = BTreeSet::new();
        for stage in self.plan.stages.iter().filter(|stage| stage.built) {
            if let Base::Image(reference) = &stage.base
                && bases.insert((reference.exact(), stage.platform.as_deref()))
                && let Ok(base) = self.base(stage, reference)
            {
                let triggers = base.config.on_build.iter().filter_map(|trigger| parse_trigger(trigger));
                triggers.for_each(|trigger| add(&trigger, stage.from.line, true));
            }
            for instruction in &stage.instructions {
                match &instruction.kind {
                    Kind::Onbuild(trigger) => {
                        parse_trigger(trigger).iter().for_each(|one| add(one, instruction.line, false));
                    }
                    _ => add(instruction, instruction.line, false),
                }
            }
        }
        found
    }

    /// Checks the arguments that a trigger of a base image declares.
    ///
    /// # Errors
    /// A build argument would replace a default, which only an argument under its own name can do.
    pub(super) fn check_trigger_args(
        &self,
        args: &[(String, Option<String>)],
        scope: &Scope,
        trigger: &str,
        line: usize,
    ) -> Result<(), Refused> {
        for (name, default) in args {
            let replaces = match (default, self.request.build_args.get(name)) {
                (Some(default), Some(value)) => scope.expand(default).ok().as_ref() != Some(value),
                _ => false,
            };
            if name.starts_with(HANDED_PREFIX) || replaces && !is_predefined_arg(name) {
                let message = format!("the base image declares {name} itself, so it cannot be set: ONBUILD {trigger}");
                let help = "leave the build argument out, or start from the image that this one is made of";
                return Err(refuse("onbuild", message, help, line));
            }
        }
        Ok(())
    }
}

/// The arguments that an instruction declares, with their defaults.
fn declared(instruction: &Instruction) -> impl Iterator<Item = &(String, Option<String>)> {
    let args: &[(String, Option<String>)] = match &instruction.kind {
        Kind::Arg(args) => args,
        _ => &[],
    };
    args.iter()
}
