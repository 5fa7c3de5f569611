//! The flags of RUN: `--mount`, `--network`, `--security`, `--device`.

use super::Flag;
use super::csv;
use crate::text::{go_quote, suggestion};

/// The type of a mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MountType {
    /// A bind mount: files of the context, of a stage or of an image.
    #[default]
    Bind,
    /// A cache mount: a directory that is kept between builds.
    Cache,
    /// A tmpfs mount.
    Tmpfs,
    /// A secret mount.
    Secret,
    /// An SSH mount: the agent's socket.
    Ssh,
}

impl MountType {
    const ALL: [(&'static str, MountType); 5] = [
        ("bind", MountType::Bind),
        ("cache", MountType::Cache),
        ("tmpfs", MountType::Tmpfs),
        ("secret", MountType::Secret),
        ("ssh", MountType::Ssh),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    fn has_owner(self) -> bool {
        matches!(self, MountType::Secret | MountType::Ssh | MountType::Cache)
    }
}

/// One mount of a RUN.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// The type.
    pub kind: MountType,
    /// Stage or image; empty for the context.
    pub from: String,
    /// The path in the source.
    pub source: String,
    /// The path in the container.
    pub target: String,
    /// The id of a cache or a secret.
    pub id: String,
    sharing: bool,
    owner: [bool; 3],
}

/// Expands the variables of a value, or returns why it cannot.
pub type Expander<'a> = &'a mut dyn FnMut(&str) -> Result<String, String>;

const KEYS: [&str; 19] = [
    "type",
    "from",
    "source",
    "target",
    "readonly",
    "id",
    "sharing",
    "required",
    "size",
    "mode",
    "uid",
    "gid",
    "src",
    "dst",
    "destination",
    "ro",
    "rw",
    "readwrite",
    "env",
];

/// Go's `strconv.ParseBool`.
pub(crate) fn go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

impl Mount {
    /// The fields of a mount, as written.
    ///
    /// # Errors
    /// BuildKit's message for a misplaced quote.
    pub fn fields(text: &str) -> Result<Vec<String>, String> {
        csv::fields(text).map_err(|reason| format!("failed to parse csv mounts: {reason}"))
    }

    /// Reads a mount. Without an expander only the source, which is needed before variables are known.
    ///
    /// # Errors
    /// BuildKit's message.
    pub fn read(text: &str, mut expander: Option<Expander>) -> Result<Mount, String> {
        let fields = Mount::fields(text)?;
        let mut mount = Mount::default();
        for field in &fields {
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key.to_lowercase(), Some(value)),
                None => (field.to_lowercase(), None),
            };
            let Some(value) = value else {
                if expander.is_some() {
                    mount.word(&key, field)?;
                }
                continue;
            };
            match &mut expander {
                Some(expand) => {
                    let value = expand(value)?;
                    mount.set(&key, &value, field)?;
                }
                None if key == "from" => {
                    if value.find('$').is_some_and(|at| at + 1 != value.len()) {
                        return Err("'from' doesn't support variable expansion, define alias stage instead".into());
                    }
                    mount.from = value.to_string();
                }
                None => {}
            }
        }
        mount.check()?;
        Ok(mount)
    }

    /// A field without a value.
    fn word(&self, key: &str, field: &str) -> Result<(), String> {
        match key {
            "readonly" | "ro" | "readwrite" | "rw" => Ok(()),
            "required" => self.only_for(key, &[MountType::Secret, MountType::Ssh]),
            _ => Err(format!("invalid field '{field}' must be a key=value pair")),
        }
    }

    fn only_for(&self, key: &str, kinds: &[MountType]) -> Result<(), String> {
        if kinds.contains(&self.kind) {
            return Ok(());
        }
        Err(format!("unexpected key '{key}' for mount type '{}'", self.kind.name()))
    }

    fn set(&mut self, key: &str, value: &str, field: &str) -> Result<(), String> {
        let boolean = |key: &str| match go_bool(value) {
            Some(_) => Ok(()),
            None => Err(format!("invalid value for {key}: {value}")),
        };
        let number = |base: u32| -> Result<(), String> {
            let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            match digits.then(|| u32::from_str_radix(value, base)) {
                Some(Ok(_)) => Ok(()),
                _ => Err(format!("invalid value {value} for {key}")),
            }
        };
        match key {
            "type" => {
                let lower = value.to_lowercase();
                let Some((_, kind)) = MountType::ALL.iter().find(|(name, _)| *name == lower) else {
                    let message = format!("unsupported mount type {}", go_quote(value));
                    return Err(hinted(message, value, MountType::ALL.iter().map(|(name, _)| *name)));
                };
                self.kind = *kind;
            }
            "from" => self.from = value.to_string(),
            "source" | "src" => self.source = value.to_string(),
            "target" | "dst" | "destination" => self.target = value.to_string(),
            "readonly" | "ro" | "readwrite" | "rw" => boolean(key)?,
            "required" => {
                self.only_for(key, &[MountType::Secret, MountType::Ssh])?;
                boolean(key)?;
            }
            "size" => {
                self.only_for(key, &[MountType::Tmpfs])?;
                if !is_size(value) {
                    return Err(format!("invalid value for {key}: {value}"));
                }
            }
            "id" => self.id = value.to_string(),
            "sharing" => {
                let known = ["shared", "private", "locked"];
                if !known.contains(&value.to_lowercase().as_str()) {
                    let message = format!("unsupported sharing value {}", go_quote(value));
                    return Err(hinted(message, value, known));
                }
                self.sharing = true;
            }
            "mode" => {
                number(8)?;
                self.owner[0] = true;
            }
            "uid" => {
                number(10)?;
                self.owner[1] = true;
            }
            "gid" => {
                number(10)?;
                self.owner[2] = true;
            }
            "env" => {}
            _ => {
                return Err(hinted(format!("unexpected key '{key}' in '{field}'"), key, KEYS));
            }
        }
        Ok(())
    }

    /// Checks the combination of all fields.
    fn check(&self) -> Result<(), String> {
        let kind = self.kind.name();
        if !self.kind.has_owner() {
            for (name, given) in ["mode", "uid", "gid"].into_iter().zip(self.owner) {
                if given {
                    return Err(format!("{name} not allowed for \"{kind}\" type mounts"));
                }
            }
        }
        if self.kind == MountType::Secret {
            if !self.from.is_empty() {
                return Err("secret mount should not have a from".into());
            }
            if self.sharing {
                return Err("secret mount should not define sharing".into());
            }
            if self.source.is_empty() && self.target.is_empty() && self.id.is_empty() {
                return Err("invalid secret mount. one of source, target required".into());
            }
            if !self.source.is_empty() && !self.id.is_empty() {
                return Err("both source and id can't be set".into());
            }
        }
        if self.sharing && self.kind != MountType::Cache {
            return Err(format!("invalid cache sharing set for {kind} mount"));
        }
        Ok(())
    }
}

fn hinted<'a>(message: String, word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match suggestion(word, known) {
        Some(near) => format!("{message} (did you mean {near}?)"),
        None => message,
    }
}

/// Whether a text is a valid amount of memory for Docker (`go-units`, `RAMInBytes`).
fn is_size(text: &str) -> bool {
    let Some(last) = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ') else {
        return false;
    };
    let (number, suffix) = text.split_at(last + 1);
    let number = number.strip_suffix(' ').unwrap_or(number);
    let suffix = suffix.to_ascii_lowercase();
    let digits = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'+' || byte == b'e');
    let suffix_ok = match suffix.as_bytes() {
        [] | [b'b'] => true,
        [unit, rest @ ..] => b"kmgtp".contains(unit) && matches!(rest, [] | [b'b'] | [b'i', b'b']),
    };
    digits && number.parse::<f64>().is_ok() && suffix_ok
}

/// A device of a RUN.
#[derive(Debug, Default)]
struct Device {
    /// Its name, such as `vendor.com/gpu=0`.
    name: String,
}

impl Device {
    /// Reads a device.
    ///
    /// # Errors
    /// BuildKit's message.
    fn read(text: &str) -> Result<Device, String> {
        let fields = csv::fields(text).map_err(|reason| format!("failed to parse csv devices: {reason}"))?;
        let mut device = Device::default();
        for field in &fields {
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key.to_lowercase(), Some(value)),
                None => (field.to_lowercase(), None),
            };
            match (key.as_str(), value) {
                ("required", None) => {}
                ("required", Some(value)) if go_bool(value).is_some() => {}
                ("required", Some(value)) => return Err(format!("invalid value for required: {value}")),
                ("name", Some(_)) if !device.name.is_empty() => {
                    return Err(format!("device name already set to {}", device.name));
                }
                ("name", Some(value)) => device.name = value.to_string(),
                _ if device.name.is_empty() => device.name = field.clone(),
                (_, None) => return Err(format!("invalid field '{field}' must be a key=value pair")),
                (_, Some(_)) => {
                    let message = format!("unexpected key '{key}' in '{field}'");
                    return Err(hinted(message, &key, ["name", "required"]));
                }
            }
        }
        Ok(device)
    }
}

/// Checks RUN's flags as far as possible before variables are known.
pub(super) fn check_run(flags: &[Flag<&str>]) -> Result<(), String> {
    let values =
        |name: &'static str| flags.iter().filter(move |flag| flag.name == name).map(|flag| flag.value.unwrap_or(""));
    for device in values("device") {
        Device::read(device)?;
    }
    for mount in values("mount") {
        Mount::read(mount, None)?;
    }
    for mode in values("network") {
        if !["default", "none", "host"].contains(&mode) {
            return Err(format!("invalid network mode {}", go_quote(mode)));
        }
    }
    for security in values("security") {
        if !["insecure", "sandbox"].contains(&security) {
            return Err(format!("security {} is not valid", go_quote(security)));
        }
    }
    Ok(())
}
