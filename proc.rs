use std::process::Command;
fn main() { let o = Command::new("ls").output().unwrap(); println!("{:?}", o.status); }
