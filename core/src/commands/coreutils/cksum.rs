//! `cksum`: the CRC of POSIX.

use crate::commands::text_inputs::inputs;
use crate::shell::Shell;
use crate::shell::getopt::{only, options};

/// The sum of POSIX: a CRC over the bytes and their count.
pub(crate) fn cksum(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "a");
    only(shell, "cksum", &flags, &[]);
    let (all, status) = inputs(shell, "cksum", &names);
    for (name, bytes) in all {
        let mut crc: u32 = 0;
        let mut feed = |byte: u8| {
            crc ^= u32::from(byte) << 24;
            for _ in 0..8 {
                crc = if crc & 1 << 31 != 0 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 };
            }
        };
        bytes.iter().for_each(|byte| feed(*byte));
        let mut count = bytes.len();
        while count > 0 {
            feed((count & 255) as u8);
            count >>= 8;
        }
        let name = if names.is_empty() { String::new() } else { format!(" {name}") };
        shell.out(format!("{} {}{name}\n", !crc, bytes.len()));
    }
    status
}
