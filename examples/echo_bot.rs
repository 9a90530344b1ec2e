//! A bot that repeats each private message that it receives, and each message in a room that begins
//! with its name:
//!
//! ```sh
//! cargo run --example echo_bot -- http://127.0.0.1:3000 swift-dev
//! ```

use parlor::client::{Address, Client, Ended, Event, Identity};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Ended> {
    let mut words = std::env::args().skip(1);
    let url = words.next().unwrap_or("http://127.0.0.1:3000".to_owned());
    let room = words.next().unwrap_or("swift-dev".to_owned());
    let identity = Identity::Nickname("Echo".to_owned());
    let mut client = Client::open(Address::parse(&url)?, identity).await?;
    client.join(&room);
    println!("here");
    loop {
        let Event::Message(message) = client.next().await? else {
            continue;
        };
        let called = message.text.strip_prefix("Echo, ");
        let said = called.or(message.to.as_ref().map(|_| message.text.as_str()));
        if message.author != client.user()
            && let Some(text) = said
        {
            client.say(&message.room, format!("You said: {text}"));
        }
    }
}
