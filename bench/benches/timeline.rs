//! A room's log as the page holds it, while a batch of messages comes in; beside it a list that they
//! are only put into.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use app::timeline::Timeline;
use bench::talk::PADDING;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use protocol::{Message, Seq, UserId};

/// As many as a page keeps near what is read, and as many as come at once in a busy room.
const KNOWN: Seq = 200;
const COME: Seq = 100;

fn message(seq: Seq) -> Message {
    Message {
        room: "swift-dev".into(),
        seq,
        from: "Toto".into(),
        author: UserId(7),
        id: seq.to_string(),
        text: PADDING.into(),
        at: 1_790_000_000_000,
        ..Message::default()
    }
}

fn reduce(c: &mut Criterion) {
    let known: Vec<_> = (1..=KNOWN).map(message).collect();
    let come: Vec<_> = (KNOWN + 1..=KNOWN + COME).map(message).collect();
    let mut timeline = Timeline::default();
    timeline.joined(KNOWN.into(), vec!["Toto".into()], 1, known.clone());
    let mut group = c.benchmark_group("reduce a hundred messages");
    group.bench_function("ours", |b| {
        let before = || (timeline.clone(), come.clone());
        b.iter_batched(
            before,
            |(mut timeline, come)| {
                come.into_iter().for_each(|it| timeline.message(it));
                black_box(timeline)
            },
            BatchSize::SmallInput,
        );
    });
    let known: Vec<_> = known.into_iter().map(Arc::new).collect();
    group.bench_function("floor", |b| {
        let before = || (known.clone(), come.clone());
        b.iter_batched(
            before,
            |(mut known, come)| {
                known.extend(come.into_iter().map(Arc::new));
                black_box(known)
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group! {
    name = timeline;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(2));
    targets = reduce
}
criterion_main!(timeline);
