ambit_guest::plugin!();

fn main() {}
