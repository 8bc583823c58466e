//! Awaits more than its yield.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ambit_guest::{Checkpoint, Error, Result, Scope, manager, phase, plugin, time};

/// Waits before the body and after it.
#[manager]
async fn sleeps(
    /// Milliseconds, before the body.
    #[default(0)]
    enter: u64,
    /// Milliseconds, after the body.
    #[default(0)]
    exit: u64,
    scope: Scope<u64>,
) -> Result {
    if enter > 0 {
        time::sleep(Duration::from_millis(enter)).await;
    }
    let body = scope.yields(enter).await;
    if exit > 0 {
        time::sleep(Duration::from_millis(exit)).await;
    }
    body
}

/// Begins to wait in its enter, and ends in its exit.
#[manager]
async fn spans(millis: u64, scope: Scope) -> Result {
    let mut timer = std::pin::pin!(time::sleep(Duration::from_millis(millis)));
    // It has begun once it was polled.
    std::future::poll_fn(|context| {
        let _ = timer.as_mut().poll(context);
        std::task::Poll::Ready(())
    })
    .await;
    let body = scope.yields(()).await;
    timer.await;
    body
}

/// Waits for ever, but for its yield.
#[manager]
async fn never(
    /// In its enter; else in its exit.
    enter: bool,
    scope: Scope,
) -> Result {
    if enter {
        std::future::pending::<()>().await;
    }
    let body = scope.yields(()).await;
    time::sleep(Duration::from_secs(1_000_000)).await;
    body
}

fn forever() -> ! {
    loop {
        std::hint::black_box(());
    }
}

/// Computes for ever.
#[manager]
async fn computes(enter: bool, scope: Scope) -> Result {
    if enter {
        forever();
    }
    drop(scope.yields(()).await);
    forever()
}

/// Panics in its exit.
#[manager]
async fn panics(scope: Scope) -> Result {
    let body = scope.yields(()).await;
    time::sleep(Duration::from_millis(1)).await;
    if body.is_ok() {
        panic!("on purpose")
    }
    body
}

/// Suppresses whatever it can.
#[manager]
async fn suppresses(scope: Scope) -> Result {
    let body = scope.yields(()).await;
    time::sleep(Duration::from_millis(1)).await;
    drop(body);
    Ok(())
}

/// Logs what its phases know on stdout, and awaits once in each.
#[manager]
async fn tells(name: String, scope: Scope) -> Result {
    println!("{name}: enter");
    time::sleep(Duration::from_millis(1)).await;
    if phase::is_cancelled() {
        println!("{name}: enter sees that it is cancelled");
    }
    println!("{name}: entered");
    let body = scope.yields(()).await;
    let ended = match &body {
        Ok(()) => "completed".to_owned(),
        Err(error) => error.kinds().last().cloned().unwrap_or_default(),
    };
    println!("{name}: exit, {ended}{}", if phase::is_cancelled() { ", cancelled" } else { "" });
    time::sleep(Duration::from_millis(1)).await;
    println!("{name}: exited");
    body
}

/// Yields how many milliseconds its enter has left.
#[manager]
async fn asks(#[default(0)] millis: u64, scope: Scope<u128>) -> Result {
    time::sleep(Duration::from_millis(millis)).await;
    scope.yields(phase::time_left().as_millis()).await
}

/// Leaves a checkpoint, and waits before it panics in its exit, or for ever in its enter.
#[manager(recover = recovered)]
async fn leaves(
    name: String,
    #[default(false)] panics: bool,
    #[default(false)] waits: bool,
    checkpoint: Checkpoint<String>,
    scope: Scope,
) -> Result {
    time::sleep(Duration::from_millis(5)).await;
    checkpoint.leave(&name)?;
    println!("left {name}");
    if waits {
        std::future::pending::<()>().await;
    }
    let body = scope.yields(()).await;
    time::sleep(Duration::from_millis(5)).await;
    assert!(!panics, "on purpose");
    if name == "never exits" {
        std::future::pending::<()>().await;
    }
    body
}

fn recovered(name: String) -> Result {
    println!("recovered {name}");
    println!("{} s were left", phase::time_left().as_secs());
    Ok(())
}

/// Begins what goes on when its exit has come to its end: `goes` says how, if at all. Yields how many scopes of its instance were entered
/// before.
#[manager]
async fn goes_on(goes: String, #[default(0)] millis: u64, scope: Scope<u32>) -> Result {
    static ENTERED: AtomicU32 = AtomicU32::new(0);
    time::sleep(Duration::from_millis(millis)).await;
    let body = scope.yields(ENTERED.fetch_add(1, Ordering::Relaxed)).await;
    if !goes.is_empty() {
        begin(async move {
            loop {
                time::sleep(Duration::from_millis(1)).await;
                println!("goes on");
                if goes == "computes" {
                    forever();
                }
            }
        });
    }
    body
}

/// Makes so many errors in its enter, waits, and makes as many again.
#[manager]
async fn errs(errors: u64, millis: u64, scope: Scope) -> Result {
    let make = || (0..errors).for_each(|each| drop(Error::new("kind", each.to_string())));
    make();
    eprintln!("made {errors}");
    time::sleep(Duration::from_millis(millis)).await;
    make();
    scope.yields(()).await
}

/// Has the host append the file `endless` to itself, and does not wait for that: no task of the guest has to do with it. Takes a moment to
/// exit.
#[manager]
async fn copies(scope: Scope) -> Result {
    #[cfg(target_arch = "wasm32")]
    {
        use wasip3::filesystem::preopens;
        use wasip3::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};

        let (dir, _) = preopens::get_directories().remove(0);
        let (name, both) = ("endless".to_owned(), DescriptorFlags::READ | DescriptorFlags::WRITE);
        let opened = dir.open_at(PathFlags::empty(), name, OpenFlags::empty(), both).await;
        let file = opened.map_err(|error| Error::new("copies", format!("{error:?}")))?;
        let (bytes, read) = file.read_via_stream(0);
        std::mem::forget((file.append_via_stream(bytes), read, file, dir));
    }
    let body = scope.yields(()).await;
    time::sleep(Duration::from_millis(20)).await;
    body
}

#[cfg(target_arch = "wasm32")]
use wit_bindgen::spawn_local as begin;

#[cfg(not(target_arch = "wasm32"))]
fn begin(_: impl Future<Output = ()> + 'static) {}

plugin!(async asks, copies, errs, goes_on, leaves, sleeps, spans, never, computes, panics, suppresses, tells);
