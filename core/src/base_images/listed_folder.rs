//! Directories as the data of base images lists them.

/// A directory of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedFolder {
    pub(crate) path: String,
    pub(crate) mode: u32,
    /// As `chown` is given it.
    pub(crate) owner: String,
    /// It holds more than is listed.
    pub(crate) partial: bool,
}

impl ListedFolder {
    /// Reads `PATH [MODE [OWNER[:GROUP]]] [+]`: the mode in octal, 755 where none is given; root's where no owner is.
    pub(crate) fn read(line: &str) -> Self {
        let (line, partial) = line.strip_suffix(" +").map_or((line, false), |line| (line, true));
        let mut words = line.split(' ');
        ListedFolder {
            path: words.next().unwrap_or("/").to_string(),
            mode: words.next().and_then(|mode| u32::from_str_radix(mode, 8).ok()).unwrap_or(0o755),
            owner: words.next().unwrap_or("root").to_string(),
            partial,
        }
    }
}
