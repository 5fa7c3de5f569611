//! The command line of `go build` and `go install`.

use crate::shell::{Gap, Shell};

/// A parsed command line.
#[derive(Default)]
pub(crate) struct Request {
    pub(crate) output: Option<String>,
    pub(crate) targets: Vec<String>,
    /// `-C`: the directory that it works in.
    pub(crate) directory: Option<String>,
    pub(crate) ldflags: String,
    /// `-tags`, also those of GOFLAGS.
    pub(crate) tags: Vec<String>,
}

impl Request {
    pub(crate) fn has_tag(&self, name: &str) -> bool {
        self.tags.iter().any(|tag| tag == name)
    }
}

/// The tags of which it is known what they change: they concern the standard library alone.
const STANDARD_TAGS: [&str; 3] = ["netgo", "osusergo", "timetzdata"];

/// The tags of a list with commas, or with spaces as before Go 1.13.
fn split_tags(list: &str) -> Vec<String> {
    list.split([',', ' ']).filter(|tag| !tag.is_empty()).map(str::to_string).collect()
}

/// Reads the words behind `go build`.
///
/// # Errors
/// The exit code after an option that go does not have.
pub(crate) fn read(shell: &mut Shell, argv: &[String]) -> Result<Request, i32> {
    let mut request = Request::default();
    let of_environment = shell.var("GOFLAGS").unwrap_or_default().to_string();
    for flag in of_environment.split_whitespace() {
        if let Some(tags) = flag.trim_start_matches('-').strip_prefix("tags=") {
            request.tags = split_tags(tags.trim_matches(['"', '\'']));
        }
    }
    let mut words = argv.iter();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix('-') else {
            request.targets.push(word.clone());
            continue;
        };
        let flag = flag.trim_start_matches('-');
        let (name, mut value) =
            flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value.to_string())));
        let boolean = ["a", "v", "x", "n", "race", "trimpath", "i", "msan", "work", "buildvcs", "cover", "modcacherw"];
        if value.is_none() && !boolean.contains(&name) {
            value = words.next().cloned();
        }
        match name {
            "o" => request.output = value,
            "C" => request.directory = value,
            "ldflags" => request.ldflags = value.unwrap_or_default(),
            "tags" => {
                request.tags = split_tags(&value.unwrap_or_default());
            }
            "a" | "trimpath" | "mod" | "p" | "i" | "installsuffix" | "buildvcs" | "v" => {
                if name == "v" {
                    shell.gaps.push(Gap { code: "unmodelled-option", what: format!("go build -{name}") });
                }
            }
            name if boolean.contains(&name)
                || ["gcflags", "asmflags", "pkgdir", "toolexec", "overlay", "buildmode"].contains(&name) =>
            {
                shell.gaps.push(Gap { code: "unmodelled-option", what: format!("go build -{name}") });
            }
            _ => {
                shell.err(format!("flag provided but not defined: -{name}\nusage: go build [-o output] [build flags] [packages]\nRun 'go help build' for details.\n"));
                return Err(2);
            }
        }
    }
    if request.tags.iter().any(|tag| !STANDARD_TAGS.contains(&tag.as_str())) {
        shell.gaps.push(Gap { code: "unmodelled-option", what: "go build -tags".into() });
    }
    Ok(request)
}
