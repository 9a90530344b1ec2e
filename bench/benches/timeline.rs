//! The page's timeline receives a batch of messages. The floor only appends them to a list.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use app::timeline::Timeline;
use bench::workload::SAMPLE_TEXT;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use protocol::{Message, Seq, UserId};

/// Messages that the page has, about as many as it keeps near the reading position.
const KNOWN: Seq = 200;
/// Messages that arrive together, as in a busy room.
const RECEIVED: Seq = 100;

fn message(seq: Seq) -> Message {
    Message {
        room: "swift-dev".into(),
        seq,
        from: "Toto".into(),
        author: UserId(7),
        id: seq.to_string(),
        at: 1_790_000_000_000,
        body: SAMPLE_TEXT.into(),
        ..Message::default()
    }
}

fn reduce(c: &mut Criterion) {
    let known: Vec<_> = (1..=KNOWN).map(message).collect();
    let received: Vec<_> = (KNOWN + 1..=KNOWN + RECEIVED).map(message).collect();
    let mut timeline = Timeline::default();
    timeline.joined(KNOWN.into(), vec!["Toto".into()], 1, known.clone());
    let mut group = c.benchmark_group("reduce a hundred messages");
    group.bench_function("ours", |b| {
        let before = || (timeline.clone(), received.clone());
        b.iter_batched(
            before,
            |(mut timeline, received)| {
                received.into_iter().for_each(|it| timeline.message(it));
                black_box(timeline)
            },
            BatchSize::SmallInput,
        );
    });
    let known: Vec<_> = known.into_iter().map(Arc::new).collect();
    group.bench_function("floor", |b| {
        let before = || (known.clone(), received.clone());
        b.iter_batched(
            before,
            |(mut known, received)| {
                known.extend(received.into_iter().map(Arc::new));
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
