//! The same as one that awaits.

use serde::de::IgnoredAny;
use serde_json::json;

use crate::{Own, manager};

#[tokio::test]
async fn a_hostile_plugin_that_awaits_and_is_asked_for_nothing_behaves() {
    let hostile = manager(programs::HOSTILE_AWAITS, "hostile");
    let ended = hostile.with_async(json!({"cause": "nothing"}), async |_: IgnoredAny| Ok::<_, Own>(7));
    assert_eq!(ended.await.unwrap().completed(), Some(7));
}
