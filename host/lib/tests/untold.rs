//! What becomes of a stack where nobody says what came of an exit, since the host's own code panicked after it.

use std::sync::{Arc, Mutex};

use ambit::{AsyncExitStack, Cache, Engine, Fault, FaultKind, Raised, Released};
use serde::de::IgnoredAny;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Panics where it is told that a scope has exited.
struct Panics;

impl Subscriber for Panics {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn event(&self, event: &Event<'_>) {
        struct Outcome;

        impl Visit for Outcome {
            fn record_debug(&mut self, field: &Field, _: &dyn std::fmt::Debug) {
                assert_ne!(field.name(), "outcome", "on purpose");
            }
        }

        event.record(&mut Outcome);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn an_exit_of_a_stack_of_which_nothing_is_told_is_told_as_lost() {
    tracing::subscriber::set_global_default(Panics).unwrap();
    let engine = Engine::builder().cache(Cache::none()).build().unwrap();
    let reraises = engine.load(programs::ANSWERS).unwrap().manager("reraises").unwrap();
    for together in [false, true] {
        let seen = Arc::new(Mutex::new(None));
        let finalized = seen.clone();
        let ended = AsyncExitStack::with(async |stack| {
            if together {
                let _: Vec<IgnoredAny> = stack.enter_all([(&reraises, ())]).await?;
            } else {
                let _: IgnoredAny = stack.enter(&reraises, ()).await?;
            }
            stack.finalizer(async move |released: Released| {
                *finalized.lock().unwrap() = Some(released.fault().is_some());
                Ok(())
            })?;
            Ok::<_, Raised>(7)
        });
        let failure = ended.await.unwrap_err();
        let faults: Vec<_> = failure.faults().map(Fault::kind).collect();
        assert_eq!(faults, [FaultKind::Host], "{failure:?}");
        assert_eq!(*seen.lock().unwrap(), Some(true), "its finalizer is told");
        assert_eq!(failure.into_outcome().unwrap().completed(), Some(7));
    }
}
