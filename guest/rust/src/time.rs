//! Timers, for managers that `plugin!(async …)` names.

/// Waits that long. Others of the plugin's scopes go on in the meantime.
///
/// # Examples
/// ```
/// use ambit_guest::testing::{block_on, enter_async, json};
/// use ambit_guest::{Result, Scope, manager, time};
/// use std::time::Duration;
///
/// /// Lets things settle, before the body and after it.
/// #[manager]
/// async fn settled(millis: u64, scope: Scope) -> Result {
///     time::sleep(Duration::from_millis(millis)).await;
///     let body = scope.yields(()).await;
///     time::sleep(Duration::from_millis(millis)).await;
///     body
/// }
///
/// # fn main() {
/// block_on(async {
///     let entered = enter_async(settled, json!({"millis": 1})).await.unwrap();
///     entered.exit_async(Ok(())).await.unwrap();
/// });
/// # }
/// ```
#[cfg(target_arch = "wasm32")]
pub async fn sleep(time: std::time::Duration) {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    wasip3::clocks::monotonic_clock::wait_for(nanos).await;
}

#[cfg(not(target_arch = "wasm32"))]
pub use crate::testing::sleep;
