//! Who sees that what was woken is polled: the [`Watch`].

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Driven, lock};
use crate::background;

/// Takes home what was woken, and is not polled for this long.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);

/// What is looked at, so that no runtime of the host's lets it wait.
pub(super) static WATCH: Watch = Watch { woken: Mutex::new(Vec::new()) };

pub(super) struct Watch {
    /// What was woken, each with how often it had been polled when it was looked at.
    woken: Mutex<Vec<(Arc<Driven>, u64)>>,
}

impl Watch {
    pub(super) fn add(&'static self, driven: Arc<Driven>) {
        let mut woken = lock(&self.woken);
        let is_first = woken.is_empty();
        let polls = driven.polls.load(Ordering::Relaxed);
        woken.push((driven, polls));
        drop(woken);
        if is_first {
            drop(background::spawn(self.watch()));
        }
    }

    async fn watch(&self) {
        loop {
            tokio::time::sleep(PATIENCE).await;
            let mut late = Vec::new();
            let mut woken = lock(&self.woken);
            woken.retain_mut(|(driven, polls)| {
                let polled = std::mem::replace(polls, driven.polls.load(Ordering::Relaxed));
                let is_woken = driven.woken.load(Ordering::SeqCst);
                if is_woken && polled != *polls {
                    return true;
                }
                if is_woken {
                    late.push(driven.clone());
                }
                // First say that it is not looked at, then look: what is woken in between adds itself, or is seen.
                driven.watched.store(false, Ordering::SeqCst);
                !is_woken
                    && driven.woken.load(Ordering::SeqCst)
                    && !driven.watched.swap(true, Ordering::SeqCst)
            });
            let is_last = woken.is_empty();
            drop(woken);
            late.iter().for_each(Driven::go_home);
            if is_last {
                return;
            }
        }
    }
}
