use std::thread;
fn main() { let h = thread::spawn(|| println!("hi")); h.join().unwrap(); }
