use ambit_guest::{Result, manager, plugin};

#[manager]
async fn lock(path: String) -> Result {
    Ok(())
}

// The one mistake is reported once.
plugin!(lock);

fn main() {}
