use ambit_guest::{Result, Scope, manager};

#[manager]
async fn lock(one: Scope, path: String, other: ambit_guest::Scope<String>) -> Result {
    one.yields(()).await?;
    other.yields(path).await
}

fn main() {}
