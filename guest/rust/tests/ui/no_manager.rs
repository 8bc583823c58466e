use ambit_guest::plugin;

async fn lock() {}

plugin!(lock);

fn main() {}
