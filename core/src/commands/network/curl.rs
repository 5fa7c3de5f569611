//! `curl`.

use crate::commands::network::download::last_part;
use crate::commands::network::download::take;
use crate::fs::path;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value, with_long_values};

/// curl's options that take a value and say nothing about files.
pub(crate) const CURL_VALUES: [&str; 22] = [
    "header",
    "data",
    "data-raw",
    "data-binary",
    "request",
    "user",
    "user-agent",
    "referer",
    "retry",
    "retry-delay",
    "retry-max-time",
    "connect-timeout",
    "max-time",
    "max-redirs",
    "proto",
    "proto-redir",
    "proxy",
    "cacert",
    "cert",
    "key",
    "form",
    "speed-time",
];

pub(crate) const CURL_FILES: [&str; 4] = ["output", "output-dir", "url", "write-out"];

pub(crate) fn curl(shell: &mut Shell, argv: &[String]) -> i32 {
    let long: Vec<&str> = CURL_VALUES.iter().chain(&CURL_FILES).copied().collect();
    let argv = with_long_values(argv, &long);
    let (flags, operands) = options(&argv, "oHdXuAexFTmwcbCEyYzrtKP");
    let mut known = vec![
        "o",
        "O",
        "L",
        "f",
        "s",
        "S",
        "k",
        "g",
        "q",
        "4",
        "6",
        "J",
        "R",
        "N",
        "0",
        "1",
        "2",
        "3",
        "H",
        "d",
        "X",
        "u",
        "A",
        "e",
        "x",
        "F",
        "m",
        "C",
        "y",
        "Y",
        "location",
        "fail",
        "silent",
        "show-error",
        "insecure",
        "remote-name",
        "remote-name-all",
        "create-dirs",
        "compressed",
        "globoff",
        "ipv4",
        "ipv6",
        "http1.1",
        "http2",
        "tlsv1.2",
        "tlsv1.3",
        "tlsv1",
        "retry-connrefused",
        "retry-all-errors",
        "progress-bar",
        "no-progress-meter",
        "fail-with-body",
        "ssl-reqd",
        "#",
    ];
    known.extend(&long);
    let flag = |names: &[&str]| has(&flags, names);
    if flag(&["version", "V"]) {
        shell.gap("unknown-output", "curl --version");
        return 0;
    }
    only(shell, "curl", &flags, &known);
    let mut addresses: Vec<String> = operands;
    addresses.extend(flags.iter().filter(|(name, _)| name == "url").filter_map(|(_, value)| value.clone()));
    let mut files =
        flags.iter().filter(|(name, _)| name == "o" || name == "output").filter_map(|(_, value)| value.as_ref());
    let folder = value(&flags, &["output-dir"]).unwrap_or("").to_string();
    if addresses.is_empty() {
        shell.err("curl: no URL specified!\n");
        return 2;
    }
    let named = flag(&["O", "remote-name", "remote-name-all"]);
    let mut status = 0;
    for address in &addresses {
        let file = match (files.next(), named) {
            (Some(file), _) => Some(file.clone()),
            (None, true) => Some(last_part(address).to_string()),
            (None, false) => None,
        };
        let file = file.filter(|file| file != "-").map(|file| match folder.is_empty() {
            true => file,
            false => format!("{folder}/{file}"),
        });
        if flag(&["create-dirs"])
            && let Some(file) = &file
        {
            let parent = path::parent(&path::join(&shell.cwd, file)).to_string();
            let _ = shell.fs.mkdir_all(&parent, 0o750, shell.user.uid, shell.user.gid);
        }
        if let Err(place) = take(shell, address, file.as_deref()) {
            shell.err(format!("curl: (23) Failed writing body to {place}\n"));
            status = 23;
        }
    }
    status
}
