//! What a manager waits by in a native test: [`block_on`] and [`sleep`].

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

/// Runs a future on this thread, which sleeps while there is nothing to do.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

/// Waits that long.
pub async fn sleep(time: Duration) {
    enum Timer {
        Runs(Waker),
        Over,
    }

    let mut timer: Option<Arc<Mutex<Timer>>> = None;
    std::future::poll_fn(move |context| {
        let waker = context.waker().clone();
        let Some(timer) = &timer else {
            let begun = timer.insert(Arc::new(Mutex::new(Timer::Runs(waker)))).clone();
            thread::spawn(move || {
                thread::sleep(time);
                let over = std::mem::replace(
                    &mut *begun.lock().unwrap_or_else(PoisonError::into_inner),
                    Timer::Over,
                );
                if let Timer::Runs(waker) = over {
                    waker.wake();
                }
            });
            return Poll::Pending;
        };
        match &mut *timer.lock().unwrap_or_else(PoisonError::into_inner) {
            Timer::Over => Poll::Ready(()),
            Timer::Runs(known) => {
                *known = waker;
                Poll::Pending
            }
        }
    })
    .await;
}
