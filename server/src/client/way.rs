//! What a client's task waits for: what the program wants, and what comes by the way to the server.

use protocol::ClientFrame;
use tokio::{sync::mpsc, task::JoinHandle};

use super::{
    Address, Draft,
    line::{self, Line},
};

/// What the program wants.
pub enum Wish {
    Join(String),
    Leave(String),
    Say(Draft),
    /// To be sent once, if there is a line.
    Ask(ClientFrame),
}

/// The way to the server.
pub enum Way {
    None,
    Opening(JoinHandle<Result<Line, String>>),
    Open(Box<Line>),
}

/// What the task takes in.
pub enum Input {
    Wish(Wish),
    /// The program wants nothing more.
    Gone,
    Opened(Box<Line>),
    /// There is no way, because of this.
    Shut(String),
    Heard(line::Heard),
}

/// A way that is being opened.
pub fn open(address: Address) -> Way {
    Way::Opening(tokio::spawn(async move {
        let line = Line::open(&address).await;
        line.map_err(|error| error.to_string())
    }))
}

/// What happens next. May be dropped before it is done: nothing that came is lost.
pub async fn next_input(way: &mut Way, wishes: &mut mpsc::UnboundedReceiver<Wish>) -> Input {
    let happens = async {
        match way {
            Way::None => std::future::pending().await,
            Way::Opening(task) => match task.await {
                Ok(Ok(line)) => Input::Opened(Box::new(line)),
                Ok(Err(why)) => Input::Shut(why),
                Err(error) => Input::Shut(error.to_string()),
            },
            Way::Open(line) => Input::Heard(line.hear().await),
        }
    };
    tokio::select! {
        input = happens => input,
        wish = wishes.recv() => wish.map_or(Input::Gone, Input::Wish),
    }
}
