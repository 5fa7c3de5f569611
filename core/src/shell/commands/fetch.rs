//! curl and wget: files from addresses. What an address answers is declared, or not known.

use super::{has, only, options, value, with_long_values};
use crate::fs::{Content, path};
use crate::shell::Shell;

/// curl's options that take a value and say nothing about files.
const CURL_VALUES: [&str; 22] = [
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
const CURL_FILES: [&str; 4] = ["output", "output-dir", "url", "write-out"];

pub(super) fn curl(shell: &mut Shell, argv: &[String]) -> i32 {
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
        if let Err(place) = take(shell, "curl", address, file.as_deref()) {
            shell.err(format!("curl: (23) Failed writing body to {place}\n"));
            status = 23;
        }
    }
    status
}

pub(super) fn wget(shell: &mut Shell, argv: &[String]) -> i32 {
    const VALUES: [&str; 12] = [
        "output-document",
        "directory-prefix",
        "tries",
        "timeout",
        "header",
        "user",
        "password",
        "user-agent",
        "output-file",
        "progress",
        "waitretry",
        "post-data",
    ];
    const KNOWN: [&str; 29] = [
        "O",
        "P",
        "q",
        "n",
        "v",
        "c",
        "t",
        "T",
        "U",
        "o",
        "4",
        "6",
        "N",
        "S",
        "quiet",
        "no-verbose",
        "continue",
        "no-check-certificate",
        "show-progress",
        "https-only",
        "no-cache",
        "no-hsts",
        "timestamping",
        "retry-connrefused",
        "inet4-only",
        "inet6-only",
        "content-disposition",
        "no-clobber",
        "secure-protocol",
    ];
    let argv = with_long_values(argv, &VALUES);
    let (flags, addresses) = options(&argv, "OPtTUoi");
    let known: Vec<&str> = KNOWN.iter().chain(&VALUES).copied().collect();
    if has(&flags, &["version", "V"]) {
        shell.gap("unknown-output", "wget --version");
        return 0;
    }
    only(shell, "wget", &flags, &known);
    if addresses.is_empty() {
        shell.err("wget: missing URL\n");
        return 2;
    }
    let folder = value(&flags, &["P", "directory-prefix"]).map(str::to_string);
    let document = value(&flags, &["O", "output-document"]).map(str::to_string);
    for address in &addresses {
        let file = match (&document, &folder) {
            (Some(document), _) => document.clone(),
            (None, Some(folder)) => {
                let place = path::join(&shell.cwd, folder);
                let _ = shell.fs.mkdir_all(&place, shell.folder_mode(), shell.user.uid, shell.user.gid);
                format!("{folder}/{}", last_part(address))
            }
            (None, None) => last_part(address).to_string(),
        };
        if let Err(place) = take(shell, "wget", address, Some(file.as_str()).filter(|file| *file != "-")) {
            shell.err(format!("{place}: No such file or directory\n"));
            return 3;
        }
    }
    0
}

/// The name that both give a file without another.
fn last_part(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    match path.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() => name,
        _ => "index.html",
    }
}

/// Puts an answer into a file, or prints it. The error is the place that cannot be written.
fn take(shell: &mut Shell, command: &str, address: &str, file: Option<&str>) -> Result<(), String> {
    let answer = shell.answers.get(address).cloned();
    let Some(file) = file else {
        match answer.as_ref().and_then(Content::bytes) {
            Some(bytes) => shell.out(bytes),
            // What reads it does something that is not known.
            None => shell.gap("unmodelled-command", command),
        }
        return Ok(());
    };
    let content = answer.unwrap_or_else(|| {
        shell.gap("remote-source", address);
        Content::unknown(format!("{address}: its size is not known"))
    });
    shell.put_file(file, content).map_err(|_| file.to_string())
}
