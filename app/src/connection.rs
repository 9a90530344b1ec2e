//! The one place where sockets and timers live. A task of its own owns them, takes what happens one
//! after the other, asks [`machine`] what to do, and does it.

pub mod machine;

use std::time::Duration;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::future::{AbortHandle, Either, abortable, select};
use futures::{SinkExt, StreamExt};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, State, WebSocketError};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::set_timeout_with_handle;
use leptos::task::spawn_local;
use protocol::{ClientFrame, ServerFrame, frame};

use self::machine::{Action, Event, Machine, Status, Timer, step};
use crate::json::server_frame;

/// What the task takes in.
enum Input {
    Happened(Event),
    Send(ClientFrame),
    /// It is time to look whether a timer has run out.
    Rang(Timer),
    /// A socket said something; sockets are counted, so that a closed one's last words are known.
    Text(u32, String),
    Closed(u32, u16),
}

/// A handle on the connection of this page.
#[derive(Clone)]
pub struct Connection(UnboundedSender<Input>);

/// What the connection tells the page.
pub enum News {
    Status(Status),
    /// The frames that came together, in order.
    Frames(Vec<ServerFrame>),
}

impl Connection {
    /// Connects, and stays connected as well as it can. Only for the browser.
    pub fn start(address: String, tell: impl Fn(News) + 'static) -> Self {
        let (sender, inputs) = unbounded();
        let connection = Self(sender);
        let line = Line {
            address,
            inputs: connection.0.clone(),
            machine: Machine::default(),
            socket: None,
            sockets: 0,
            alarms: [Alarm::default(); Timer::KINDS],
        };
        spawn_local(line.run(inputs, tell));
        connection.happened(Event::Start);
        connection
    }

    /// Sends a frame; while no connection stands it is lost, and `welcome` makes up for it.
    pub fn send(&self, frame: ClientFrame) {
        self.put(Input::Send(frame));
    }

    /// Something happened that bears on the connection.
    pub fn happened(&self, event: Event) {
        self.put(Input::Happened(event));
    }

    fn put(&self, input: Input) {
        // The task ends with the page, and then nobody waits for this.
        let _ = self.0.unbounded_send(input);
    }
}

/// What the task owns.
struct Line {
    address: String,
    inputs: UnboundedSender<Input>,
    machine: Machine,
    socket: Option<Socket>,
    sockets: u32,
    /// By kind of timer.
    alarms: [Alarm; Timer::KINDS],
}

/// A timer. What is heard sets one anew, perhaps hundreds of times a second, and the browser's never
/// give back what they hold if they are stopped: so they are left to ring, and then looked at.
/// Milliseconds, by the browser's clock that never jumps.
#[derive(Clone, Copy, Default)]
struct Alarm {
    /// When the timer runs out, if it runs.
    due: Option<f64>,
    /// When the browser rings, at the latest when it is due.
    rings: Option<(f64, TimeoutHandle)>,
}

impl Line {
    async fn run(mut self, mut inputs: UnboundedReceiver<Input>, tell: impl Fn(News)) {
        let mut told = self.machine.status();
        while let Some(input) = inputs.next().await {
            let mut frames = Vec::new();
            match input {
                Input::Send(frame) if self.machine.status() == Status::Online => self.send(&frame),
                Input::Happened(event) => self.step(event),
                Input::Rang(timer) => self.rang(timer),
                Input::Text(nth, text) if nth == self.sockets => frames = self.hear(&text),
                Input::Closed(nth, code) if nth == self.sockets => self.step(Event::Closed(code)),
                // An earlier socket's last words, or words for one that does not stand yet.
                Input::Text(..) | Input::Closed(..) | Input::Send(_) => {}
            }
            let status = self.machine.status();
            if status != told {
                told = status;
                tell(News::Status(status));
            }
            if !frames.is_empty() {
                tell(News::Frames(frames));
            }
        }
    }

    /// Reads a text frame: one JSON object a line. What this page does not know it leaves alone.
    fn hear(&mut self, text: &str) -> Vec<ServerFrame> {
        self.step(Event::Heard);
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
                Action::Set(timer, after) => self.set(timer, after),
                Action::Clear(timer) => self.clear(timer),
            }
        }
    }

    fn open(&mut self) {
        self.sockets += 1;
        self.socket = Socket::open(&self.address, self.sockets, self.inputs.clone());
        if self.socket.is_none() {
            let _ = self
                .inputs
                .unbounded_send(Input::Closed(self.sockets, 1006));
        }
    }

    fn set(&mut self, timer: Timer, after: Duration) {
        let due = now() + after.as_secs_f64() * 1000.0;
        let alarm = &mut self.alarms[timer as usize];
        alarm.due = Some(due);
        if alarm.rings.is_some_and(|(rings, _)| rings <= due) {
            return;
        }
        if let Some((_, handle)) = alarm.rings.take() {
            handle.clear();
        }
        let inputs = self.inputs.clone();
        let ring = move || {
            let _ = inputs.unbounded_send(Input::Rang(timer));
        };
        if let Ok(handle) = set_timeout_with_handle(ring, after) {
            alarm.rings = Some((due, handle));
        }
    }

    fn rang(&mut self, timer: Timer) {
        let alarm = &mut self.alarms[timer as usize];
        alarm.rings = None;
        let left = alarm.due.map(|due| due - now());
        match left {
            Some(left) if left > 0.0 => self.set(timer, Duration::from_secs_f64(left / 1000.0)),
            Some(_) => {
                self.clear(timer);
                self.step(Event::Elapsed(timer));
            }
            None => {}
        }
    }

    fn clear(&mut self, timer: Timer) {
        self.alarms[timer as usize].due = None;
    }
}

/// Milliseconds since the page began.
fn now() -> f64 {
    let clock = leptos::prelude::window().performance();
    clock.map_or(0.0, |clock| clock.now())
}

/// An open socket; dropping it closes it.
struct Socket {
    outgoing: UnboundedSender<String>,
    work: AbortHandle,
}

impl Socket {
    fn open(address: &str, nth: u32, inputs: UnboundedSender<Input>) -> Option<Self> {
        let socket = WebSocket::open(address).ok()?;
        let (outgoing, texts) = unbounded();
        let (working, work) = abortable(pass_on(socket, nth, texts, inputs));
        spawn_local(async move {
            // Err: the socket was dropped, and nobody waits for its end.
            let _ = working.await;
        });
        Some(Self { outgoing, work })
    }
}

/// Sends what there is to send and tells what comes, until the socket is closed.
async fn pass_on(
    mut socket: WebSocket,
    nth: u32,
    mut texts: UnboundedReceiver<String>,
    inputs: UnboundedSender<Input>,
) {
    // 1006: the line broke without a word (RFC 6455, section 7.1.5).
    let mut code = 1006;
    loop {
        let said = match select(texts.next(), socket.next()).await {
            Either::Left((Some(text), _)) => {
                // One that is closing already takes nothing, and the browser would complain.
                if matches!(socket.state(), State::Open) {
                    let _ = socket.send(Message::Text(text)).await;
                }
                continue;
            }
            Either::Left((None, _)) | Either::Right((None, _)) => break,
            Either::Right((Some(said), _)) => said,
        };
        match said {
            Ok(Message::Text(text)) => {
                let _ = inputs.unbounded_send(Input::Text(nth, text));
            }
            Ok(Message::Bytes(_)) => {}
            Err(WebSocketError::ConnectionClose(close)) => code = close.code,
            // The close that follows tells more.
            Err(_) => {}
        }
    }
    let _ = inputs.unbounded_send(Input::Closed(nth, code));
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.work.abort();
    }
}

/// Where the socket of this seat is, beside the page: ws or wss as the page is http or https.
pub fn address(base: &str) -> Option<String> {
    let location = leptos::prelude::window().location();
    let scheme = match location.protocol().ok()?.as_str() {
        "https:" => "wss://",
        _ => "ws://",
    };
    let host = location.host().ok()?;
    Some([scheme, &host, base, "/ws"].concat())
}
