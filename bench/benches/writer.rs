//! A batch of messages written into their rooms' logs, on the disk; beside it the same rows without
//! anything that a chat has to ask first.

use std::time::{Duration, Instant};

use bench::bare::Bare;
use bench::talk::PADDING;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parlor::measure::WriterBench;

fn batches(c: &mut Criterion) {
    for many in [1, 10, 100, 512] {
        let folders = [tempfile::tempdir(), tempfile::tempdir()].map(|it| it.expect("a folder"));
        let mut ours = WriterBench::open(folders[0].path(), many).expect("a server");
        // The floor's tables are the server's own.
        drop(WriterBench::open(folders[1].path(), many).expect("a server"));
        let mut bare = Bare::open(folders[1].path(), many).expect("its database");
        let mut group = c.benchmark_group(format!("write a batch of {many}"));
        group.throughput(Throughput::Elements(many as u64));
        // By turns, whichever is measured: a disk does not keep its pace for long.
        let mut by_turns = |times: u64| {
            let mut took = [Duration::ZERO; 2];
            for _ in 0..times {
                let begun = Instant::now();
                ours.write(many, PADDING).expect("the disk is well");
                let between = Instant::now();
                bare.write(many, PADDING).expect("the disk is well");
                took[0] += between - begun;
                took[1] += between.elapsed();
            }
            took
        };
        group.bench_function("ours", |b| b.iter_custom(|times| by_turns(times)[0]));
        group.bench_function("floor", |b| b.iter_custom(|times| by_turns(times)[1]));
        group.finish();
    }
}

criterion_group! {
    name = writer;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3));
    targets = batches
}
criterion_main!(writer);
