//! ENV, LABEL and ARG: LegacyKeyValueFormat, and what the variables of a stage are set to.

use super::dispatch::Work;
use super::rules;
use crate::Variables;
use std::borrow::Cow;

impl<'t> Work<'_, 't, '_> {
    pub(super) fn pairs(&mut self, pairs: &'_ [(&'t str, &'t str)], is_env: bool) -> Result<(), String> {
        let mut expanded = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            expanded.push((self.expand(name)?, self.expand(value)?));
        }
        for (name, value) in expanded {
            if self.step.instruction.legacy {
                let keyword = self.step.instruction.keyword;
                let message =
                    format!("\"{keyword} key=value\" should be used instead of legacy \"{keyword} key value\" format");
                self.warn(&rules::LEGACY_KEY_VALUE_FORMAT, message);
            }
            if is_env {
                self.secret_name("ENV", &name);
                self.walk.budget.set(&name, &value)?;
                self.state.scope.set(name, value);
            }
        }
        Ok(())
    }

    pub(super) fn args(&mut self, args: &[(&'t str, Option<&'t str>)]) -> Result<(), String> {
        for (name, default) in args {
            self.secret_name("ARG", name);
            let given = self.walk.options.build_arg(name).map(str::to_string);
            let value: Option<Cow<'t, str>> = match (given, default) {
                (Some(value), _) => Some(Cow::Owned(value)),
                (None, Some(word)) => Some(self.expand(word)?),
                (None, None) => self.walk.global.get(name).map(|value| Cow::Owned(value.to_string())),
            };
            if let Some(value) = value
                && !["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"].contains(name)
            {
                self.walk.budget.set(name, &value)?;
                self.state.scope.set(*name, value);
            }
            self.state.args.insert(*name, ());
        }
        Ok(())
    }
}
