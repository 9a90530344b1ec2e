//! A bot that repeats each private message that it receives, and each message in a room that begins
//! with its name:
//!
//! ```sh
//! cargo run -p cli --example echo_bot -- http://127.0.0.1:3000 swift-dev
//! ```

use cli::async_client::{Address, Client, ClientError, Event, Identity};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ClientError> {
    let mut args = std::env::args().skip(1);
    let url = args.next().unwrap_or("http://127.0.0.1:3000".to_owned());
    let room = args.next().unwrap_or("swift-dev".to_owned());
    let identity = Identity::Nickname("Echo".to_owned());
    let mut client = Client::open(Address::parse(&url)?, identity).await?;
    client.join(&room);
    println!("here");
    loop {
        let Event::Message(message) = client.next().await? else {
            continue;
        };
        let called = message.text().strip_prefix("Echo, ");
        let text = called.or(message.to.as_ref().map(|_| message.text()));
        if message.author != client.user()
            && let Some(text) = text
        {
            client.send(&message.room, format!("You said: {text}"));
        }
    }
}
