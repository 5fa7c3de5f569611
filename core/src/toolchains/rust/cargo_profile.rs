//! Build profiles: what `strip`, `lto`, `opt-level`, `debug` and the `-C` flags of rustc make of a program.

use super::cargo_toml::Manifest;
use serde::Deserialize;
use toml::Value;

/// A build profile. Absent fields are inherited.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Profile {
    pub(crate) inherits: Option<String>,
    strip: Option<Value>,
    lto: Option<Value>,
    opt_level: Option<Value>,
    debug: Option<Value>,
    /// Built by rustc alone, which keeps the debug information of the standard library.
    #[serde(skip)]
    bare: bool,
    /// With debug information.
    #[serde(skip)]
    full: bool,
}

impl Profile {
    pub(crate) fn of_rustc() -> Profile {
        Profile { bare: true, ..Profile::default() }
    }

    /// A profile of a manifest by name, over what it inherits; `None` if it is not defined.
    pub(crate) fn find(name: &str, manifest: &Manifest) -> Option<Profile> {
        let mut profile = Profile { full: name == "dev", ..Profile::default() };
        let mut name = name.to_string();
        // Profiles inherit in a chain that may not be a circle.
        for _ in 0..8 {
            if let Some(own) = manifest.profile.get(&name) {
                profile.strip = profile.strip.or_else(|| own.strip.clone());
                profile.lto = profile.lto.or_else(|| own.lto.clone());
                profile.opt_level = profile.opt_level.or_else(|| own.opt_level.clone());
                profile.debug = profile.debug.or_else(|| own.debug.clone());
            }
            match name.as_str() {
                "release" | "bench" => return Some(profile),
                "dev" | "test" => {
                    profile.full = true;
                    return Some(profile);
                }
                _ => name = manifest.profile.get(&name)?.inherits.clone()?,
            }
        }
        None
    }

    /// A `-C` flag of rustc, or of `RUSTFLAGS`.
    pub(crate) fn take_flag(&mut self, flag: &str) {
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        match name {
            "strip" => self.strip = Some(Value::String(value.into())),
            "lto" => self.lto = Some(Value::String(if value.is_empty() { "fat" } else { value }.into())),
            "opt-level" => self.opt_level = Some(Value::String(value.into())),
            "debuginfo" => self.debug = Some(Value::String(value.into())),
            "link-arg" | "link-args" if value == "-s" || value == "-Wl,-s" => {
                self.strip = Some(Value::String("symbols".into()));
            }
            _ => {}
        }
    }

    /// The name of the measured program that is built like this: `release`, `release-fat-stripped`, `debug`.
    pub(crate) fn form(&self) -> String {
        let is = |value: &Option<Value>, words: &[&str]| match value {
            Some(Value::Boolean(on)) => words.contains(&if *on { "true" } else { "false" }),
            Some(Value::String(word)) => words.contains(&word.as_str()),
            Some(Value::Integer(number)) => words.contains(&number.to_string().as_str()),
            _ => false,
        };
        let stripped = is(&self.strip, &["true", "symbols", "yes", "y"]);
        let bare = is(&self.strip, &["debuginfo"]);
        let keeps = self.debug.is_some() && !is(&self.debug, &["false", "0", "none"]);
        if !stripped && !bare && (self.full || keeps) {
            return "debug".into();
        }
        if !stripped && !bare && self.bare {
            return "rustc".into();
        }
        if self.full && stripped {
            return "debug-stripped".into();
        }
        let lto = match () {
            () if is(&self.lto, &["true", "fat", "yes"]) => "-fat",
            () if is(&self.lto, &["thin"]) => "-thin",
            () => "",
        };
        let small = if is(&self.opt_level, &["s", "z"]) { "-small" } else { "" };
        format!("release{lto}{small}{}", if stripped { "-stripped" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(profile: &str, name: &str) -> Option<String> {
        Profile::find(name, &toml::from_str(profile).unwrap()).map(|profile| profile.form())
    }

    #[test]
    fn profiles_inherit_and_name_their_form() {
        assert_eq!(form("", "dev").unwrap(), "debug");
        assert_eq!(
            form("[profile.release]\nstrip = true\nlto = \"fat\"\n", "release").unwrap(),
            "release-fat-stripped"
        );
        let own = "[profile.release]\nlto = \"thin\"\n[profile.small]\ninherits = \"release\"\nopt-level = \"z\"\n";
        assert_eq!(form(own, "small").unwrap(), "release-thin-small");
        assert_eq!(form("[profile.release]\ndebug = 1\n", "release").unwrap(), "debug");
        assert_eq!(form("", "nothing"), None);
        assert_eq!(form("[profile.a]\ninherits = \"b\"\n[profile.b]\ninherits = \"a\"\n", "a"), None);
    }
}
