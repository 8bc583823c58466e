//! The same as one that awaits.

use std::time::Duration;

use ambit::{Env, FaultKind, Isolation, Limits, Phase};
use futures::future::join_all;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::{Own, manager};

#[tokio::test]
async fn a_hostile_plugin_that_awaits_and_is_asked_for_nothing_behaves() {
    let hostile = manager(programs::HOSTILE_AWAITS, "hostile");
    let ended = hostile.with_async(json!({"cause": "nothing"}), async |_: IgnoredAny| Ok::<_, Own>(7));
    assert_eq!(ended.await.unwrap().completed(), Some(7));
}

/// Its instance is made as the first scope is entered, in the time of that.
#[tokio::test]
async fn xt_04_a_start_that_computes_or_waits_for_ever_ends_with_the_budget_of_enter() {
    for cause in ["endless-loop", "hanging-import"] {
        for isolation in [Isolation::lease(), Isolation::shared()] {
            let limits = Limits::default().enter(Duration::from_millis(100));
            let hostile = manager(programs::HOSTILE_AWAITS, "hostile").limits(limits).isolation(isolation);
            let hostile = hostile.grant(Env::new("HOSTILE_AT_START", cause)).unwrap();
            let scope = async |_| hostile.with_async((), async |_: IgnoredAny| Ok::<_, Own>(7)).await;
            let ended = join_all((0..3).map(scope)).await;
            let faults: Vec<_> =
                ended.iter().flat_map(|ended| ended.as_ref().unwrap_err().faults()).collect();
            assert_eq!(faults.len(), 3, "{cause}, {isolation:?}");
            for fault in faults {
                assert_eq!(fault.phase(), Phase::Enter, "{fault}");
                // Each that has an instance of its own spends its own budget; one instance is lost to the first.
                let is_told = fault.kind() == FaultKind::Budget || isolation == Isolation::shared();
                assert!(is_told && fault.to_string().contains("its budget of 100ms"), "{cause}: {fault}");
            }
        }
    }
}
