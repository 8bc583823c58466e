//! A driver, by where what it drives is polled.

use std::future::poll_fn;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::watch::PATIENCE;
use super::*;

/// A driver of what says for each of its polls where it was polled, and is woken by each message.
fn polled(
    mut long: impl FnMut() + Send + 'static,
) -> (Driver, UnboundedSender<()>, UnboundedReceiver<String>) {
    let (wake, mut woken) = unbounded_channel();
    let (tell, told) = unbounded_channel();
    let work = async move {
        poll_fn(|context| {
            long();
            drop(tell.send(thread::current().name().unwrap_or_default().to_owned()));
            loop {
                match woken.poll_recv(context) {
                    Poll::Ready(Some(())) => {}
                    Poll::Ready(None) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await;
    };
    (Driver::new(work), wake, told)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn is_home(thread: &str) -> bool {
    thread == "ambit-async"
}

/// Wakes it until it is polled at home.
fn comes_home(wake: &UnboundedSender<()>, told: &mut UnboundedReceiver<String>) {
    let began = Instant::now();
    while !told.try_recv().is_ok_and(|thread| is_home(&thread)) {
        assert!(began.elapsed() < Duration::from_secs(20), "it comes home");
        wake.send(()).unwrap();
        thread::yield_now();
    }
}

/// Calls it ten times, and checks that it is polled there each time, unless the machine was held up so long that it went home.
fn stays(driver: &Driver, wake: &UnboundedSender<()>, told: &mut UnboundedReceiver<String>) {
    runtime().block_on(async {
        for _ in 0..10 {
            while told.try_recv().is_ok() {}
            let began = Instant::now();
            driver.drive(false, || ());
            wake.send(()).unwrap();
            let is_home = is_home(&told.recv().await.unwrap());
            assert!(!is_home || began.elapsed() >= PATIENCE);
        }
    });
}

#[test]
fn it_is_driven_by_the_runtime_of_who_calls() {
    let (driver, wake, mut told) = polled(|| ());
    stays(&driver, &wake, &mut told);
}

#[test]
fn it_comes_home_where_its_runtime_shuts_down() {
    let (driver, wake, mut told) = polled(|| ());
    let runtime = runtime();
    runtime.block_on(async {
        driver.drive(false, || ());
        told.recv().await.unwrap();
    });
    drop(runtime);
    comes_home(&wake, &mut told);
    drop(wake);
    driver.gone();
}

#[test]
fn it_comes_home_where_nobody_runs_its_runtime() {
    let (driver, wake, mut told) = polled(|| ());
    let runtime = runtime();
    {
        let _entered = runtime.enter();
        driver.drive(false, || ());
    }
    comes_home(&wake, &mut told);
    // Who calls there next has it back.
    runtime.block_on(async {
        driver.drive(false, || wake.send(()).unwrap());
        while is_home(&told.recv().await.unwrap()) {}
    });
    comes_home(&wake, &mut told);
}

#[test]
fn it_comes_home_where_it_takes_long() {
    let (driver, wake, mut told) = polled(takes_long);
    runtime().block_on(async {
        driver.drive(false, || ());
        while !is_home(&told.recv().await.unwrap()) {
            wake.send(()).unwrap();
        }
    });
}

#[test]
fn it_stays_where_it_gets_on_though_each_step_takes_a_tick() {
    let (driver, wake, mut told) = polled(|| {
        takes_long();
        gets_on();
    });
    stays(&driver, &wake, &mut told);
}

#[test]
fn two_runtimes_that_share_it_have_it_driven_at_home() {
    let (driver, wake, mut told) = polled(|| ());
    let (first, second) = (runtime(), runtime());
    first.block_on(async { driver.drive(false, || ()) });
    second.block_on(async { driver.drive(false, || ()) });
    comes_home(&wake, &mut told);
    // One that has it for itself takes it along.
    first.block_on(async {
        driver.drive(true, || wake.send(()).unwrap());
        while is_home(&told.recv().await.unwrap()) {}
    });
}

#[test]
fn it_is_driven_at_home_for_who_blocks() {
    let (driver, wake, mut told) = polled(|| ());
    runtime().block_on(async {
        background::block_on(async { driver.drive(true, || ()) });
    });
    comes_home(&wake, &mut told);
}

#[test]
fn what_is_called_where_it_is_driven_is_done_when_the_call_returns() {
    let (driver, wake, mut told) = polled(|| ());
    runtime().block_on(async {
        driver.drive(false, || ());
        while told.try_recv().is_ok() {}
        driver.drive(false, || wake.send(()).unwrap());
        assert!(!is_home(&told.try_recv().unwrap()));
        // The task that drives it has nothing to do then.
        tokio::task::yield_now().await;
        assert!(told.try_recv().is_err());
    });
}

#[test]
fn it_comes_home_where_it_is_called_as_a_runtime_shuts_down() {
    struct Calls(Arc<Driver>);
    impl Drop for Calls {
        fn drop(&mut self) {
            self.0.drive(true, || ());
        }
    }
    let (driver, wake, mut told) = polled(|| ());
    let calls = Calls(Arc::new(driver));
    let driver = calls.0.clone();
    let runtime = runtime();
    runtime.spawn(async move {
        let _calls = calls;
        std::future::pending::<()>().await;
    });
    runtime.block_on(tokio::task::yield_now());
    drop(runtime);
    comes_home(&wake, &mut told);
    drop(driver);
}

#[test]
fn tasks_that_lost_their_turn_let_go() {
    let (driver, wake, mut told) = polled(|| ());
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for _ in 0..1_000 {
        runtime.block_on(async { driver.drive(true, || wake.send(()).unwrap()) });
        driver.0.go_home();
    }
    comes_home(&wake, &mut told);
    let began = Instant::now();
    // This one, the task that has it, its waker, and what has been added to the watch.
    while Arc::strong_count(&driver.0) > 4 {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", Arc::strong_count(&driver.0));
        thread::yield_now();
    }
}

/// What a task of tokio defers, once its steps are used up, would be lost with its runtime.
#[test]
fn what_is_called_at_the_end_of_a_task_and_of_its_runtime_is_done() {
    let (driver, wake, mut told) = polled(|| ());
    let runtime = runtime();
    runtime.block_on(async {
        while tokio::task::coop::has_budget_remaining() {
            tokio::task::coop::consume_budget().await;
        }
        driver.drive(true, || ());
    });
    while told.try_recv().is_ok() {}
    drop(runtime);
    wake.send(()).unwrap();
    let began = Instant::now();
    while told.try_recv().is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "it sees the message");
        thread::yield_now();
    }
}

#[test]
fn what_panics_ends() {
    let (driver, _wake, _told) = polled(|| panic!("it panics"));
    driver.gone();
}

/// What wakes it while it moves must not be lost.
#[test]
fn it_sees_each_message_however_it_is_moved() {
    let (wake, mut woken) = unbounded_channel::<usize>();
    let (tell, mut told) = unbounded_channel();
    let driver = Driver::new(async move {
        while let Some(number) = woken.recv().await {
            tell.send(number).unwrap();
        }
    });
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for number in 0..2_000 {
        wake.send(number).unwrap();
        match number % 3 {
            0 => driver.drive(true, || ()),
            1 => runtime.block_on(async { driver.drive(true, || ()) }),
            _ => driver.0.go_home(),
        }
        let began = Instant::now();
        while told.try_recv() != Ok(number) {
            assert!(began.elapsed() < Duration::from_secs(20), "{number}");
            thread::yield_now();
        }
    }
    drop(wake);
    driver.gone();
}
