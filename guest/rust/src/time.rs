//! Timers, for managers that `plugin!(async …)` names.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

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
#[cfg(all(target_arch = "wasm32", target_env = "p2"))]
pub async fn sleep(time: Duration) {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    wasip3::clocks::monotonic_clock::wait_for(nanos).await;
}

#[cfg(not(target_arch = "wasm32"))]
pub use crate::testing::sleep;

/// Waits for `future`, but no longer than that: `None` if it has not come to its end by then. It is dropped.
///
/// # Examples
/// ```
/// use ambit_guest::testing::block_on;
/// use ambit_guest::time::timeout;
/// use std::time::Duration;
///
/// let answer = block_on(timeout(Duration::from_millis(1), std::future::pending::<()>()));
/// assert!(answer.is_none());
/// ```
pub async fn timeout<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut over) = (pin!(future), pin!(sleep(time)));
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => over.as_mut().poll(context).map(|()| None),
    })
    .await
}
