//! Output to standard output and standard error, with curly quotes where the locale has them.

use super::Shell;

impl Shell {
    /// Prints to standard output.
    pub fn out(&mut self, text: impl AsRef<[u8]>) {
        self.emit(0, text.as_ref());
    }

    /// Prints to standard error.
    pub fn err(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        // GNU's programs have curly quotes where the locale's letters are UTF-8, which no image sets by itself.
        match std::str::from_utf8(text) {
            Ok(words) if words.contains(['‘', '’']) && !self.is_utf8() => {
                self.emit(1, words.replace(['‘', '’'], "'").as_bytes());
            }
            _ => self.emit(1, text),
        }
    }

    /// Whether the locale's character encoding is UTF-8.
    pub(crate) fn is_utf8(&self) -> bool {
        let set = |name: &&str| self.var(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or("").to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    }
}
