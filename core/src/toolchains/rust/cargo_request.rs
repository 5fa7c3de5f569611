//! The command line of cargo.

/// Why cargo fails: the message and the exit code.
pub(crate) type CargoError = (String, i32);

/// A parsed command line.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) verb: String,
    pub(crate) profile: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) bins: Vec<String>,
    pub(crate) packages: Vec<String>,
    pub(crate) manifest: Option<String>,
    pub(crate) target_folder: Option<String>,
    /// `--path` of `cargo install`.
    pub(crate) path: Option<String>,
    pub(crate) root: Option<String>,
    pub(crate) locked: bool,
    pub(crate) whole: bool,
    pub(crate) names: Vec<String>,
}

pub(crate) fn parse_request(argv: &[String]) -> Request {
    let mut request = Request::default();
    let mut words = argv.iter().skip(1).filter(|word| !word.starts_with('+'));
    while let Some(word) = words.next() {
        let (name, glued) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_string())),
            _ => (word.as_str(), None),
        };
        let mut value = || glued.clone().or_else(|| words.next().cloned());
        match name {
            "--release" | "-r" => request.profile = Some("release".into()),
            "--profile" => request.profile = value(),
            "--target" => request.target = value(),
            "--bin" if !["new", "init"].contains(&request.verb.as_str()) => request.bins.extend(value()),
            "-p" | "--package" => request.packages.extend(value()),
            "--manifest-path" => request.manifest = value(),
            "--target-dir" => request.target_folder = value(),
            "--path" => request.path = value(),
            "--root" => request.root = value(),
            "--locked" | "--frozen" => request.locked = true,
            "--workspace" | "--all" => request.whole = true,
            "--features" | "-F" | "-j" | "--jobs" | "--color" | "--config" | "--version" | "--vers" | "--git"
            | "--branch" | "--tag" | "--rev" | "--index" | "--registry" | "--name" | "--edition" | "--vcs"
            | "--example" | "--exclude" | "--message-format" | "-Z"
                if !request.verb.is_empty() =>
            {
                value();
            }
            // What a program gets that is run.
            "--" => break,
            _ if word.starts_with('-') && !request.verb.is_empty() => {}
            _ if request.verb.is_empty() => request.verb = word.clone(),
            _ => request.names.push(word.clone()),
        }
    }
    request
}
