//! The writer stores a batch of messages on disk. The floor writes the same rows and reads nothing
//! before.

use std::time::{Duration, Instant};

use bench::sqlite_floor::SqliteFloor;
use bench::workload::SAMPLE_TEXT;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parlor::measure::WriterBench;

fn batches(c: &mut Criterion) {
    for count in [1, 10, 100, 512] {
        let folders = [tempfile::tempdir(), tempfile::tempdir()].map(|it| it.expect("a folder"));
        let mut ours = WriterBench::open(folders[0].path(), count).expect("a server");
        // The server creates the tables of the floor, too.
        drop(WriterBench::open(folders[1].path(), count).expect("a server"));
        let mut floor = SqliteFloor::open(folders[1].path(), count).expect("its database");
        let mut group = c.benchmark_group(format!("write a batch of {count}"));
        group.throughput(Throughput::Elements(count as u64));
        // Both run in turns, whichever is measured, because the speed of a disk changes over time.
        let mut in_turns = |times: u64| {
            let mut took = [Duration::ZERO; 2];
            for _ in 0..times {
                let begun = Instant::now();
                ours.write(count, SAMPLE_TEXT).expect("a working disk");
                let between = Instant::now();
                floor.write(count, SAMPLE_TEXT).expect("a working disk");
                took[0] += between - begun;
                took[1] += between.elapsed();
            }
            took
        };
        group.bench_function("ours", |b| b.iter_custom(|times| in_turns(times)[0]));
        group.bench_function("floor", |b| b.iter_custom(|times| in_turns(times)[1]));
        group.finish();
    }
}

criterion_group! {
    name = writer;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(3));
    targets = batches
}
criterion_main!(writer);
