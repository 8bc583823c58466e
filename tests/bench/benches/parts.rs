//! The parts of a scope, by criterion: settling, describing, unwinding, loading.

use std::hint::black_box;
use std::io;

use ambit::{Answer, Cache, Describe as _, Engine, ExitStack, Family, Policy, Raised};
use ambit_core::settle;
use criterion::{Criterion, criterion_group, criterion_main};

fn parts(criterion: &mut Criterion) {
    criterion.bench_function("describe an io::Error", |bencher| {
        let error = io::Error::from(io::ErrorKind::NotFound);
        bencher.iter(|| black_box(&error).describe());
    });
    criterion.bench_function("settle a replaced error", |bencher| {
        bencher.iter(|| {
            let pending = Raised::new(Family::Error, ["first"], "first");
            let other = Raised::new(Family::Error, ["second"], "second");
            settle(Some(pending), Answer::Raised(other), &Policy::default())
        });
    });
    criterion.bench_function("unwind ten callbacks", |bencher| {
        bencher.iter(|| {
            let mut stack = ExitStack::new();
            for _ in 0..10 {
                stack.callback(|| Ok(()));
            }
            stack.close().is_ok()
        });
    });

    let bytes = std::fs::read(programs::ANSWERS).expect("the guest is there");
    let folder = tempfile::tempdir().expect("a folder for the cache");
    let cached = Engine::builder().cache(Cache::at(folder.path())).build().expect("an engine");
    let uncached = Engine::builder().cache(Cache::none()).build().expect("an engine");
    criterion.bench_function("load a plugin from the cache", |bencher| {
        bencher.iter(|| cached.load_bytes("answers", &bytes).is_ok());
    });
    criterion.bench_function("load a plugin, compiling it", |bencher| {
        bencher.iter(|| uncached.load_bytes("answers", &bytes).is_ok());
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(2));
    targets = parts
}
criterion_main!(benches);
