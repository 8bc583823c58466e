use ambit_guest::{Result, Scope, manager};

#[manager]
async fn nothing(scope: Scope) {
    scope.yields(()).await.unwrap()
}

#[manager]
async fn unit(scope: Scope) -> () {
    scope.yields(()).await.unwrap()
}

#[manager]
async fn a_value(scope: Scope) -> Result<u32> {
    scope.yields(()).await?;
    Ok(5)
}

#[manager]
async fn another_error(scope: Scope) -> std::io::Result<()> {
    drop(scope.yields(()).await);
    Ok(())
}

fn main() {}
