//! `base64`.

use crate::commands::text_inputs::joined;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};
use base64ct::{Base64, Base64Unpadded, Encoding as _};

pub(crate) fn base64(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "w");
    only(shell, "base64", &flags, &["d", "decode", "w", "D"]);
    let (bytes, status) = joined(shell, "base64", &names);
    if has(&flags, &["d", "decode", "D"]) {
        let text = String::from_utf8_lossy(&bytes);
        let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != '=').collect();
        return match Base64Unpadded::decode_vec(&digits) {
            Ok(bytes) => {
                shell.out(bytes);
                status
            }
            Err(_) => {
                shell.err("base64: invalid input\n");
                1
            }
        };
    }
    let text = Base64::encode_string(&bytes);
    let width = value(&flags, &["w"]).and_then(|text| text.parse().ok()).unwrap_or(76_usize);
    let wrapped: String = match width {
        0 => text,
        width => text.as_bytes().chunks(width).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect(),
    };
    shell.out(wrapped);
    status
}
