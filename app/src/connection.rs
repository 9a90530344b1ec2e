//! The page's connection.
//!
//! One task owns the socket and its timers. It passes each input to [`client::machine`] and runs
//! the actions that it returns.

use std::time::Duration;

use client::machine::{ABNORMAL_CLOSURE, Action, Event, Machine, Status, Timer, step};
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::{AbortHandle, Either, abortable, select};
use futures::{SinkExt, StreamExt};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, State, WebSocketError};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::set_timeout_with_handle;
use leptos::task::spawn_local;
use protocol::{ClientFrame, ServerFrame, frame};

use crate::json::server_frame;

/// What the task handles.
enum Input {
    Event(Event),
    Send(ClientFrame),
    /// The browser's timer fired: this timer may have run out.
    Fired(Timer),
    /// A socket received a text. Sockets are numbered, so that a closed socket's texts are ignored.
    Text(u32, String),
    Closed(u32, u16),
}

/// A handle on the connection of this page.
#[derive(Clone)]
pub struct Connection(UnboundedSender<Input>);

/// What the connection reports to the page.
pub enum ConnectionEvent {
    Status(Status),
    /// The frames that came together, in order.
    Frames(Vec<ServerFrame>),
}

impl Connection {
    /// Connects, and reconnects whenever that makes sense. Only for the browser.
    pub fn start(address: String, report: impl Fn(ConnectionEvent) + 'static) -> Self {
        let (sender, inputs) = unbounded();
        let connection = Self(sender);
        let driver = Driver {
            address,
            inputs: connection.0.clone(),
            machine: Machine::default(),
            socket: None,
            sockets: 0,
            timers: [TimerSlot::default(); Timer::KINDS],
        };
        spawn_local(driver.run(inputs, report));
        connection.happened(Event::Start);
        connection
    }

    /// Sends a frame. While the client is offline the frame is lost, and `welcome` makes up for it.
    pub fn send(&self, frame: ClientFrame) {
        self.put(Input::Send(frame));
    }

    /// Something happened that concerns the connection.
    pub fn happened(&self, event: Event) {
        self.put(Input::Event(event));
    }

    fn put(&self, input: Input) {
        // The task ends with the page, and then nobody waits for this.
        let _ = self.0.unbounded_send(input);
    }
}

/// What the task owns.
struct Driver {
    address: String,
    inputs: UnboundedSender<Input>,
    machine: Machine,
    socket: Option<Socket>,
    sockets: u32,
    /// By kind of timer.
    timers: [TimerSlot; Timer::KINDS],
}

/// A timer of the machine, on top of a timer of the browser.
///
/// Each received frame restarts a timer, perhaps hundreds of times a second, and the browser never
/// frees what a stopped timer holds. So a browser's timer is left to fire, and only then compared
/// with the time at which the machine's timer is due. Times are milliseconds on the browser's
/// monotonic clock.
#[derive(Clone, Copy, Default)]
struct TimerSlot {
    /// When the timer runs out, if it runs.
    due: Option<f64>,
    /// When the browser's timer fires: never later than `due`.
    fires: Option<(f64, TimeoutHandle)>,
}

impl Driver {
    async fn run(mut self, mut inputs: UnboundedReceiver<Input>, report: impl Fn(ConnectionEvent)) {
        let mut reported = self.machine.status();
        while let Some(input) = inputs.next().await {
            let mut frames = Vec::new();
            match input {
                Input::Send(frame) if self.machine.status() == Status::Online => self.send(&frame),
                Input::Event(event) => self.step(event),
                Input::Fired(timer) => self.fired(timer),
                Input::Text(nth, text) if nth == self.sockets => frames = self.receive(&text),
                Input::Closed(nth, code) if nth == self.sockets => self.step(Event::Closed(code)),
                // From an earlier socket, or for one that is not open yet.
                Input::Text(..) | Input::Closed(..) | Input::Send(_) => {}
            }
            let status = self.machine.status();
            if status != reported {
                reported = status;
                report(ConnectionEvent::Status(status));
            }
            if !frames.is_empty() {
                report(ConnectionEvent::Frames(frames));
            }
        }
    }

    /// Reads a text message and answers what concerns the connection alone.
    fn receive(&mut self, text: &str) -> Vec<ServerFrame> {
        self.step(Event::FrameReceived);
        let mut frames = Vec::new();
        for line in text.split('\n') {
            match server_frame::decode(line) {
                Ok(ServerFrame::Ping) => self.send(&ClientFrame::Pong),
                Ok(ServerFrame::Pong) | Err(_) => {}
                Ok(frame) => {
                    if let ServerFrame::Bye(frame::Bye { retry_after_ms, .. }) = &frame {
                        let retry_after = Duration::from_millis(retry_after_ms.unwrap_or(0));
                        self.step(Event::Bye { retry_after });
                    }
                    frames.push(frame);
                }
            }
        }
        frames
    }

    fn send(&self, frame: &ClientFrame) {
        if let Some(socket) = &self.socket {
            let _ = socket.outgoing.unbounded_send(frame.encode());
        }
    }

    fn step(&mut self, event: Event) {
        let machine = std::mem::take(&mut self.machine);
        let (machine, actions) = step(machine, event, js_sys::Math::random());
        self.machine = machine;
        for action in actions {
            match action {
                Action::Open => self.open(),
                Action::Close => {
                    self.socket = None;
                    self.sockets += 1;
                }
                Action::Ping => self.send(&ClientFrame::Ping),
                Action::SetTimer(timer, after) => self.set_timer(timer, after),
                Action::ClearTimer(timer) => self.clear_timer(timer),
            }
        }
    }

    fn open(&mut self) {
        self.sockets += 1;
        self.socket = Socket::open(&self.address, self.sockets, self.inputs.clone());
        if self.socket.is_none() {
            let closed = Input::Closed(self.sockets, ABNORMAL_CLOSURE);
            let _ = self.inputs.unbounded_send(closed);
        }
    }

    fn set_timer(&mut self, timer: Timer, after: Duration) {
        let due = now() + after.as_secs_f64() * 1000.0;
        let slot = &mut self.timers[timer as usize];
        slot.due = Some(due);
        if slot.fires.is_some_and(|(fires, _)| fires <= due) {
            return;
        }
        if let Some((_, handle)) = slot.fires.take() {
            handle.clear();
        }
        let inputs = self.inputs.clone();
        let fire = move || {
            let _ = inputs.unbounded_send(Input::Fired(timer));
        };
        if let Ok(handle) = set_timeout_with_handle(fire, after) {
            slot.fires = Some((due, handle));
        }
    }

    fn fired(&mut self, timer: Timer) {
        let slot = &mut self.timers[timer as usize];
        slot.fires = None;
        let left = slot.due.map(|due| due - now());
        match left {
            Some(left) if left > 0.0 => {
                self.set_timer(timer, Duration::from_secs_f64(left / 1000.0));
            }
            Some(_) => {
                self.clear_timer(timer);
                self.step(Event::Elapsed(timer));
            }
            None => {}
        }
    }

    fn clear_timer(&mut self, timer: Timer) {
        self.timers[timer as usize].due = None;
    }
}

/// Milliseconds since the page began.
fn now() -> f64 {
    let clock = leptos::prelude::window().performance();
    clock.map_or(0.0, |clock| clock.now())
}

/// An open socket. Dropping it closes it.
struct Socket {
    outgoing: UnboundedSender<String>,
    task: AbortHandle,
}

impl Socket {
    fn open(address: &str, nth: u32, inputs: UnboundedSender<Input>) -> Option<Self> {
        let socket = WebSocket::open(address).ok()?;
        let (outgoing, texts) = unbounded();
        let (forwarding, task) = abortable(forward(socket, nth, texts, inputs));
        spawn_local(async move {
            // Err: the socket was dropped, and nobody waits for its end.
            let _ = forwarding.await;
        });
        Some(Self { outgoing, task })
    }
}

/// Sends the outgoing texts and forwards what is received, until the socket is closed.
async fn forward(
    mut socket: WebSocket,
    nth: u32,
    mut texts: UnboundedReceiver<String>,
    inputs: UnboundedSender<Input>,
) {
    let mut code = ABNORMAL_CLOSURE;
    loop {
        let received = match select(texts.next(), socket.next()).await {
            Either::Left((Some(text), _)) => {
                // A socket that is closing accepts nothing, and the browser would log an error.
                if matches!(socket.state(), State::Open) {
                    let _ = socket.send(Message::Text(text)).await;
                }
                continue;
            }
            Either::Left((None, _)) | Either::Right((None, _)) => break,
            Either::Right((Some(received), _)) => received,
        };
        match received {
            Ok(Message::Text(text)) => {
                let _ = inputs.unbounded_send(Input::Text(nth, text));
            }
            Ok(Message::Bytes(_)) => {}
            Err(WebSocketError::ConnectionClose(close)) => code = close.code,
            // The close that follows has the reason.
            Err(_) => {}
        }
    }
    let _ = inputs.unbounded_send(Input::Closed(nth, code));
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The URL of this account's socket, on the page's host: `wss` if the page came over https, else
/// `ws`.
pub fn address(base: &str) -> Option<String> {
    let location = leptos::prelude::window().location();
    let scheme = match location.protocol().ok()?.as_str() {
        "https:" => "wss://",
        _ => "ws://",
    };
    let host = location.host().ok()?;
    Some([scheme, &host, base, "/ws"].concat())
}
