use std::collections::HashMap;
fn main() { let mut m: HashMap<String, u32> = HashMap::new(); *m.entry("a".to_string()).or_default() += 1; println!("{m:?}"); }
