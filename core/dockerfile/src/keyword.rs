//! The instructions' names and flags.

/// An instruction's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are Docker's instructions; the reference documents them")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagValue {
    /// `true` or `false`, or nothing at all.
    Bool,
    /// One value, once.
    Once,
    /// One value, as often as wanted.
    Repeated,
}

use FlagValue::{Bool, Once, Repeated};

impl Keyword {
    /// All of them, by name.
    pub const ALL: [(&str, Keyword); 18] = [
        ("ADD", Keyword::Add),
        ("ARG", Keyword::Arg),
        ("CMD", Keyword::Cmd),
        ("COPY", Keyword::Copy),
        ("ENTRYPOINT", Keyword::Entrypoint),
        ("ENV", Keyword::Env),
        ("EXPOSE", Keyword::Expose),
        ("FROM", Keyword::From),
        ("HEALTHCHECK", Keyword::Healthcheck),
        ("LABEL", Keyword::Label),
        ("MAINTAINER", Keyword::Maintainer),
        ("ONBUILD", Keyword::Onbuild),
        ("RUN", Keyword::Run),
        ("SHELL", Keyword::Shell),
        ("STOPSIGNAL", Keyword::Stopsignal),
        ("USER", Keyword::User),
        ("VOLUME", Keyword::Volume),
        ("WORKDIR", Keyword::Workdir),
    ];

    /// The instruction of a name, in any case.
    pub fn of(name: &str) -> Option<Keyword> {
        // Length and first letter leave one or two candidates.
        Self::ALL
            .iter()
            .find(|(known, _)| known.len() == name.len() && known.eq_ignore_ascii_case(name))
            .map(|(_, keyword)| *keyword)
    }

    /// Its name in capitals.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, keyword)| *keyword == self).map_or("", |(name, _)| name)
    }

    /// The flags it takes (moby/buildkit 73ed682, `instructions/parse.go` and `commands_run*.go`).
    pub fn flags(self) -> &'static [(&'static str, FlagValue)] {
        match self {
            Keyword::From => &[("platform", Once)],
            Keyword::Run => &[("device", Repeated), ("mount", Repeated), ("network", Once), ("security", Once)],
            Keyword::Copy => &[
                ("chown", Once),
                ("from", Once),
                ("chmod", Once),
                ("link", Bool),
                ("exclude", Repeated),
                ("parents", Bool),
            ],
            Keyword::Add => &[
                ("chown", Once),
                ("chmod", Once),
                ("link", Bool),
                ("keep-git-dir", Bool),
                ("checksum", Once),
                ("unpack", Bool),
                ("exclude", Repeated),
            ],
            Keyword::Healthcheck => &[
                ("interval", Once),
                ("timeout", Once),
                ("start-period", Once),
                ("start-interval", Once),
                ("retries", Once),
            ],
            _ => &[],
        }
    }
}
