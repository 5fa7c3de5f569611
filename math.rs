fn fib(n: u64) -> u64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
fn main() { let v: Vec<u64> = (0..10).map(fib).collect(); println!("{v:?}"); let s: String = v.iter().map(|x| x.to_string()).collect::<Vec<_>>().join(","); println!("{s}"); }
