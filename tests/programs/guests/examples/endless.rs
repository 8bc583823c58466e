//! Does not come back.

use std::hint::black_box;
use std::time::Duration;

use ambit_guest::{Result, Scope, manager, plugin};

/// Loops ahead of its yield.
#[manager]
async fn in_enter(_scope: Scope) -> Result {
    forever()
}

/// Loops after its yield.
#[manager]
async fn in_exit(scope: Scope) -> Result {
    drop(scope.yields(()).await);
    forever()
}

/// Sleeps ahead of its yield: the time passes in the host, where nothing of the guest runs.
#[manager]
async fn asleep_in_enter(_scope: Scope) -> Result {
    asleep()
}

/// Sleeps after its yield.
#[manager]
async fn asleep_in_exit(scope: Scope) -> Result {
    drop(scope.yields(()).await);
    asleep()
}

fn forever() -> ! {
    loop {
        black_box(());
    }
}

fn asleep() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

plugin!(in_enter, in_exit, asleep_in_enter, asleep_in_exit);
