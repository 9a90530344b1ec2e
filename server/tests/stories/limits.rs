//! Bounds that one can run into, and what happens then.

use protocol::{Code, ServerFrame, limits};
use serde_json::json;
use tokio_tungstenite::tungstenite;

use crate::{browser::Browser, client::Client, house::House};

#[tokio::test]
async fn a_burst_of_twenty_and_then_ten_a_second_and_refused_frames_use_nothing_up() {
    let house = House::open();
    let mut anna = Client::in_room(&house, "Anna", "tea").await;
    for _ in 0..30 {
        let blank = json!({"type": "room", "to": "tea", "text": " "});
        assert_eq!(anna.refused(blank).await.0, Code::Blank);
        let missing = json!({"type": "private", "to": "Nobody", "text": "hi"});
        assert_eq!(anna.refused(missing).await.0, Code::NoSuchPerson);
    }
    for n in 0..200 {
        anna.say(json!({"type": "room", "to": "tea", "id": n.to_string(), "text": "hi"}))
            .await;
    }
    let (mut said, mut refused, mut wait) = (0, Vec::new(), 0);
    while said + refused.len() < 200 {
        match anna.next().await {
            ServerFrame::Message(_) => said += 1,
            ServerFrame::Error {
                code,
                id,
                retry_after_ms,
                ..
            } => {
                assert_eq!(code, Code::TooFast);
                wait = retry_after_ms.expect("a time to wait");
                refused.push(id.expect("the id of what was refused"));
            }
            _ => {}
        }
    }
    assert!(said >= 20, "{said}");
    assert!((1..=101).contains(&wait), "{wait}");
    // What was too fast may be sent again, under the same id.
    let id = refused.remove(0);
    loop {
        anna.say(json!({"type": "room", "to": "tea", "id": id, "text": "hi"}))
            .await;
        let answer = anna.until(|f| match f {
            ServerFrame::Message(m) => Some(Some(m.id.clone())),
            ServerFrame::Error { .. } => Some(None),
            _ => None,
        });
        if let Some(echoed) = answer.await {
            assert_eq!(echoed, id);
            break;
        }
    }
}

#[tokio::test]
async fn the_rate_is_the_persons_whatever_socket_it_comes_from() {
    let house = House::with(&["--messages-per-second", "1"]);
    let mut anna = Client::in_room(&house, "Anna", "tea").await;
    let mut other = Client::come_back(&house, &anna.token).await;
    other.join("tea").await;
    for n in 0..40 {
        let frame = json!({"type": "room", "to": "tea", "id": n.to_string(), "text": "hi"});
        if n % 2 == 0 { &mut anna } else { &mut other }
            .say(frame)
            .await;
    }
    assert_eq!(anna.refusal().await.0, Code::TooFast);
    assert_eq!(other.refusal().await.0, Code::TooFast);
}

#[tokio::test]
async fn twenty_sockets_a_person() {
    let house = House::open();
    let anna = Client::sign_in(&house, "Anna").await;
    let mut open = Vec::new();
    for _ in 1..limits::SOCKETS_PER_PERSON {
        open.push(Client::come_back(&house, &anna.token).await);
    }
    let mut one_more = Client::connect(&house).await;
    let login = json!({"type": "login", "token": anna.token});
    assert_eq!(
        one_more.refused(login.clone()).await.0,
        Code::TooManySockets
    );
    open.pop();
    loop {
        one_more.say(login.clone()).await;
        match one_more.next().await {
            ServerFrame::Welcome { .. } => break,
            // Until the server has seen the other line go.
            ServerFrame::Error { code, .. } => assert_eq!(code, Code::TooManySockets),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn ten_new_rooms_a_minute_and_a_hundred_rooms_a_socket() {
    let house = House::open();
    let mut rooms = Vec::new();
    for person in 0..11 {
        let mut maker = Client::sign_in(&house, &format!("Maker {person}")).await;
        for n in 0..limits::NEW_ROOMS_PER_MINUTE {
            maker.join(&format!("room {person} {n}")).await;
        }
        let refused = maker
            .refused(json!({"type": "join", "room": "one more"}))
            .await;
        assert_eq!(refused.0, Code::TooManyNewRooms);
        rooms.push(maker);
    }
    let mut anna = Client::sign_in(&house, "Anna").await;
    for n in 0..limits::ROOMS_PER_SOCKET {
        anna.join(&format!("room {} {}", n / 10, n % 10)).await;
    }
    let refused = anna
        .refused(json!({"type": "join", "room": "room 10 0"}))
        .await;
    assert_eq!(refused.0, Code::TooManyRooms);
    anna.join("room 0 0").await;
}

#[tokio::test]
async fn thirty_sign_ins_a_minute_from_one_address() {
    let house = House::with(&["--trust-proxy"]);
    let from_afar = [("X-Forwarded-For", "203.0.113.7")];
    let mut refused = 0;
    let mut open = Vec::new();
    for n in 0..=limits::SIGN_INS_PER_MINUTE {
        let client = Client::connect_as(&house, "/ws", &from_afar).await;
        let mut client = client.expect("the server takes the socket");
        client
            .say(json!({"type": "login", "nickname": format!("Guest {n}")}))
            .await;
        match client.next().await {
            ServerFrame::Welcome { .. } => {}
            ServerFrame::Error {
                code,
                retry_after_ms,
                ..
            } => {
                assert_eq!(code, Code::TooManySignIns);
                assert!(retry_after_ms.is_some());
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
        open.push(client);
    }
    assert_eq!(refused, 1);
    // From the machine itself there is no such limit.
    Client::sign_in(&house, "Somebody here").await;
}

#[tokio::test]
async fn a_thousand_strangers_from_one_address() {
    let house = House::with(&["--trust-proxy"]);
    let from_afar = [("X-Forwarded-For", "203.0.113.7")];
    let mut strangers = Vec::new();
    for _ in 0..limits::STRANGERS_PER_ADDRESS {
        let socket = Client::connect_as(&house, "/ws", &from_afar).await;
        strangers.push(socket.expect("the server takes the socket"));
    }
    let one_more = Client::connect_as(&house, "/ws", &from_afar).await;
    let Err(tungstenite::Error::Http(response)) = one_more else {
        panic!("one more than a thousand");
    };
    assert_eq!(response.status(), 429);
    // Who signs in is a stranger no more.
    let mut anna = strangers.remove(0);
    anna.say(json!({"type": "login", "nickname": "Anna"})).await;
    anna.welcome().await;
    let in_her_place = Client::connect_as(&house, "/ws", &from_afar).await;
    assert!(in_her_place.is_ok());
}

#[tokio::test]
async fn a_form_that_is_far_too_large_is_refused() {
    let house = House::open();
    let mut browser = Browser::new(&house);
    let long = "x".repeat(limits::FORM_BYTES);
    let page = browser
        .post("/", &[("nickname", &long), ("room", "tea")])
        .await;
    assert_eq!(page.status, 413);
}
