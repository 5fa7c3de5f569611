//! How a package's programs and libraries start, as the last column of a table tells it.

/// How a file starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramStart<'a> {
    /// A script: what reads it, with its argument.
    Script(String),
    /// A program that needs no library.
    Static,
    /// What the loader is asked for.
    Dynamic {
        /// The libraries, in order, each with the versions of glibc that it must define.
        needed: Vec<(&'a str, Vec<String>)>,
        /// Where the file itself says that libraries are.
        runpath: &'a str,
    },
}

impl<'a> ProgramStart<'a> {
    /// Reads one way, as the tables write it.
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

    /// The way of a name in a list of ways, `WAY NAME:BYTES NAME;WAY NAME`, and its file's bytes where they are told.
    pub fn find(ways: &'a str, name: &str) -> Option<(ProgramStart<'a>, Option<u64>)> {
        ways.split(';').find_map(|way| {
            let (start, names) = way.split_once(' ')?;
            let (_, bytes) = names.split(' ').map(name_and_bytes).find(|(one, _)| *one == name)?;
            Some((ProgramStart::read(start), bytes))
        })
    }
}

/// `NAME:BYTES`.
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
