//! Variables that nobody set: UndefinedVar in instructions, UndefinedArgInFrom and InvalidDefaultArgInFrom in FROM.

use super::check_directive::Config;
use super::dispatch::{Walk, Work, global_scope};
use super::{Entry, Place, Refusal, rules};
use crate::text::suggestion;
use crate::{Budget, Kind, reference};

/// Steps that a name takes when the nearest of them is looked for.
const NAME_STEPS: usize = 16;

impl<'t> Walk<'t, '_> {
    /// Warns of base names that mean nothing as long as no build argument is given.
    pub(super) fn check_default_bases(&mut self, global: &'t [Entry<'t>], entries: &'t [Entry<'t>]) {
        let Ok(scope) = global_scope(self.lex, self.global.clone(), global, &Budget::default(), |_| None) else {
            return;
        };
        for entry in entries {
            let Kind::From { image, .. } = &entry.instruction.kind else {
                continue;
            };
            let Ok(expansion) = self.lex.word(image, &scope, &self.budget) else {
                return;
            };
            if reference::check(&expansion.text).is_err() {
                let message = || format!("Default value for ARG {image} results in empty or invalid base image name");
                let place = Place::of(&entry.instruction);
                self.report.warn(self.config, &rules::INVALID_DEFAULT_ARG_IN_FROM, &place, message);
            }
        }
    }

    pub(super) fn report_unknown(
        &mut self,
        unmatched: &[String],
        place: &Place,
        config: &Config,
    ) -> Result<(), Refusal> {
        for name in unmatched.iter().filter(|name| !self.declared.contains(name.as_str())) {
            let names = self.global.len() + self.declared.len();
            self.budget.spend(NAME_STEPS * names).map_err(|message| place.refuse(message))?;
            let set = self.global.names();
            let hint = suggestion(name, self.declared.iter().copied().chain(set));
            let hint = hint.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            let message = || format!("FROM argument '{name}' is not declared{hint}");
            self.report.warn(config, &rules::UNDEFINED_ARG_IN_FROM, place, message);
        }
        Ok(())
    }
}

impl Work<'_, '_, '_> {
    pub(super) fn report_undefined(&mut self, unmatched: &[String]) -> Result<(), String> {
        for name in unmatched {
            let declared = self.state.args.get(name.as_str()).is_some();
            if declared || ["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"].contains(&name.as_str()) {
                continue;
            }
            if self.config.runs(&rules::UNDEFINED_VAR) {
                self.walk.budget.spend(NAME_STEPS * self.state.scope.len())?;
                let hint = suggestion(name, self.state.scope.names());
                let hint = hint.map(|near| format!(" (did you mean ${near}?)")).unwrap_or_default();
                self.warn(&rules::UNDEFINED_VAR, format!("Usage of undefined variable '${name}'{hint}"));
            }
        }
        Ok(())
    }
}
