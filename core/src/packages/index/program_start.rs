//! How a package's programs and libraries start: script, static or dynamic. Read from a column of a table.

/// How a file starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramStart<'a> {
    /// A script, with its interpreter and the interpreter's argument.
    Script(String),
    /// A program that needs no library.
    Static,
    /// A dynamic ELF file: what it asks of the loader.
    Dynamic {
        /// The libraries, in order, each with the versions of glibc that it must define.
        needed: Vec<(&'a str, Vec<String>)>,
        /// The file's own search path for libraries (`DT_RUNPATH`).
        runpath: &'a str,
    },
}

impl<'a> ProgramStart<'a> {
    /// Reads one entry in the form of the tables.
    pub fn read(text: &'a str) -> ProgramStart<'a> {
        if let Some(interpreter) = text.strip_prefix('#') {
            return ProgramStart::Script(interpreter.replace('~', " "));
        }
        if text == "!" {
            return ProgramStart::Static;
        }
        let (libraries, runpath) = text.split_once('@').unwrap_or((text, ""));
        let library = |word: &'a str| {
            let mut parts = word.split('^');
            let name = match parts.next().unwrap_or("") {
                "c" => "libc.so.6",
                name => name,
            };
            (name, parts.map(|minor| format!("GLIBC_2.{minor}")).collect())
        };
        let needed = libraries.split(',').filter(|word| !word.is_empty()).map(library).collect();
        ProgramStart::Dynamic { needed, runpath }
    }

    /// Finds a name in a list of entries, `START NAME:BYTES NAME;START NAME`. Returns how it starts, and its size in
    /// bytes if it is given.
    pub fn find(ways: &'a str, name: &str) -> Option<(ProgramStart<'a>, Option<u64>)> {
        ways.split(';').find_map(|way| {
            let (start, names) = way.split_once(' ')?;
            let (_, bytes) = names.split(' ').map(name_and_bytes).find(|(one, _)| *one == name)?;
            Some((ProgramStart::read(start), bytes))
        })
    }
}

/// Splits `NAME:BYTES`.
pub(crate) fn name_and_bytes(word: &str) -> (&str, Option<u64>) {
    match word.rsplit_once(':') {
        Some((name, bytes)) => (name, bytes.parse().ok()),
        None => (word, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_read() {
        let ways = "#/usr/bin/perl~-w c_rehash:12;! busybox;libz.so.1,c^34^17@/usr/lib/x a b";
        assert_eq!(
            ProgramStart::find(ways, "c_rehash"),
            Some((ProgramStart::Script("/usr/bin/perl -w".into()), Some(12)))
        );
        assert_eq!(ProgramStart::find(ways, "busybox"), Some((ProgramStart::Static, None)));
        let needed = vec![("libz.so.1", vec![]), ("libc.so.6", vec!["GLIBC_2.34".into(), "GLIBC_2.17".into()])];
        assert_eq!(
            ProgramStart::find(ways, "b"),
            Some((ProgramStart::Dynamic { needed, runpath: "/usr/lib/x" }, None))
        );
        assert_eq!(ProgramStart::find(ways, "c"), None);
        assert_eq!(ProgramStart::find("", "c"), None);
    }
}
