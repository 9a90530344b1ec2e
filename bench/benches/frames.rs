//! Decodes and encodes frames. The floors are a reader that only finds the end of the JSON, and a
//! copy of the encoded text.

use std::hint::black_box;
use std::time::Duration;

use app::json::server_frame;
use bench::workload::SAMPLE_TEXT;
use criterion::{Criterion, criterion_group, criterion_main};
use protocol::{ClientFrame, Message, ServerEvent, ServerFrame, UserId};
use serde::de::IgnoredAny;

fn client_frame() -> ClientFrame {
    ClientFrame::Room {
        to: "swift-dev".into(),
        id: Some("b7".into()),
        text: SAMPLE_TEXT.into(),
    }
}

fn message() -> Message {
    Message {
        room: "swift-dev".into(),
        seq: 41,
        from: "Toto".into(),
        author: UserId(7),
        id: "b7".into(),
        at: 1_790_000_000_000,
        body: SAMPLE_TEXT.into(),
        ..Message::default()
    }
}

fn decode(c: &mut Criterion) {
    let (client, server) = (
        client_frame().encode(),
        ServerFrame::Message(message()).encode(),
    );
    let ignore = |json: &str| serde_json::from_str::<IgnoredAny>(json).is_ok();
    let mut group = c.benchmark_group("decode a client's frame");
    group.bench_function("ours", |b| {
        b.iter(|| ClientFrame::decode(black_box(&client)))
    });
    group.bench_function("floor", |b| b.iter(|| ignore(black_box(&client))));
    group.finish();
    let mut group = c.benchmark_group("decode a server's frame");
    group.bench_function("ours", |b| {
        b.iter(|| server_frame::decode(black_box(&server)))
    });
    group.bench_function("floor", |b| b.iter(|| ignore(black_box(&server))));
    group.finish();
}

fn encode(c: &mut Criterion) {
    let client = client_frame();
    let mut group = c.benchmark_group("encode a client's frame");
    let json = client.encode();
    group.bench_function("ours", |b| b.iter(|| black_box(&client).encode()));
    group.bench_function("floor", |b| b.iter(|| black_box(&json).clone()));
    group.finish();
    // As the hub does it: once for everybody, into the buffer that goes to the kernel.
    let mut group = c.benchmark_group("encode a message");
    let message = message();
    let json = ServerFrame::Message(message.clone()).encode();
    let mut into = Vec::new();
    group.bench_function("ours", |b| {
        b.iter(|| {
            into.clear();
            serde_json::to_writer(&mut into, &ServerEvent::Message(black_box(&message)))
        });
    });
    group.bench_function("floor", |b| {
        b.iter(|| {
            into.clear();
            into.extend_from_slice(black_box(json.as_bytes()));
        });
    });
    group.finish();
}

criterion_group! {
    name = frames;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(2));
    targets = decode, encode
}
criterion_main!(frames);
