//! The inputs of a client's task: requests from the handle, and what the server sends.

use client::PendingMessage;
use protocol::ClientFrame;
use tokio::{sync::mpsc, task::JoinHandle};

use super::{
    Address,
    ws::{Incoming, WebSocket},
};

/// A request from the handle.
pub enum Request {
    Join(String),
    Leave(String),
    Send(PendingMessage),
    /// A frame to send once, if the client is online.
    Frame(ClientFrame),
}

/// The state of the connection to the server.
pub enum LinkState {
    None,
    Opening(JoinHandle<Result<WebSocket, String>>),
    Open(Box<WebSocket>),
}

/// An input of the task.
pub enum Input {
    Request(Request),
    /// The handle was dropped.
    Dropped,
    Opened(Box<WebSocket>),
    /// The socket could not be opened, with the reason.
    OpenFailed(String),
    Incoming(Incoming),
}

/// Starts to open a socket.
pub fn open(address: Address) -> LinkState {
    LinkState::Opening(tokio::spawn(async move {
        let socket = WebSocket::open(&address).await;
        socket.map_err(|error| error.to_string())
    }))
}

/// The next input. Cancel safe: a dropped call loses nothing.
pub async fn next_input(
    link: &mut LinkState,
    requests: &mut mpsc::UnboundedReceiver<Request>,
) -> Input {
    let from_link = async {
        match link {
            LinkState::None => std::future::pending().await,
            LinkState::Opening(task) => match task.await {
                Ok(Ok(socket)) => Input::Opened(Box::new(socket)),
                Ok(Err(why)) => Input::OpenFailed(why),
                Err(error) => Input::OpenFailed(error.to_string()),
            },
            LinkState::Open(socket) => Input::Incoming(socket.next().await),
        }
    };
    tokio::select! {
        input = from_link => input,
        request = requests.recv() => request.map_or(Input::Dropped, Input::Request),
    }
}
