//! Private messages: for these two, and for nobody else.

use protocol::{Code, DirectLine, ServerFrame, frame};
use serde_json::json;

use crate::{
    browser::Browser,
    client::{Client, texts},
    server::Server,
};

#[tokio::test]
async fn a_private_message_reaches_all_sockets_of_these_two_and_nobody_else() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let mut bens_other = Client::come_back(&server, &ben.token).await;
    let mut carl = Client::in_room(&server, "Carl", "tea").await;
    let said = anna.whisper("bEN", "p1", "just between us").await;
    assert!(said.room.starts_with('@'));
    assert_eq!((said.to.as_deref(), said.seq), (Some("Ben"), 1));
    assert_eq!(ben.message().await, said);
    assert_eq!(bens_other.message().await, said);
    // From now on the conversation has an address of its own.
    let answered = ben.post(&said.room, "p2", "of course").await;
    assert_eq!(answered.to.as_deref(), Some("Anna"));
    assert_eq!(anna.message().await, answered);
    carl.say(json!({"type": "rooms"})).await;
    let heard = carl.so_far().await;
    let said_aloud = format!("{heard:?}");
    assert!(!said_aloud.contains("between us") && !said_aloud.contains(&said.room));
}

#[tokio::test]
async fn who_was_away_finds_the_message_on_coming_back() {
    let server = Server::open();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let ben = Client::sign_in(&server, "Ben").await;
    let token = ben.token.clone();
    drop(ben);
    let said = anna.whisper("Ben", "p1", "are you there?").await;
    let mut ben = Client::come_back(&server, &token).await;
    // The list of rooms tells Ben, and nobody else, that there is a conversation.
    let carl = Client::sign_in(&server, "Carl").await;
    for (mut client, seen) in [
        (carl, vec![]),
        (Client::come_back(&server, &token).await, vec![1]),
    ] {
        let directs = directs(&mut client).await;
        assert_eq!(directs.iter().map(|d| d.seq).collect::<Vec<_>>(), seen);
        assert!(
            directs
                .iter()
                .all(|d| d.room == said.room && d.with == "Anna")
        );
    }
    let joined = ben.join(&said.room).await;
    assert_eq!(texts(&joined.messages), ["are you there?"]);
    assert_eq!(joined.members, ["Anna", "Ben"]);
}

#[tokio::test]
async fn to_a_stranger_a_private_conversation_is_a_room_that_does_not_exist() {
    let server = Server::open();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let _ben = Client::sign_in(&server, "Ben").await;
    let room = anna.whisper("Ben", "p1", "hush").await.room;
    let nowhere = format!("@{}", "0".repeat(32));
    let mut carl = Client::sign_in(&server, "Carl").await;
    for kind in ["join", "history", "leave", "room"] {
        let mut answers = Vec::new();
        for place in [&room, &nowhere] {
            carl.say(json!({"type": kind, "room": place, "to": place, "text": "x"}))
                .await;
            let answer = carl.until(|frame| match frame {
                ServerFrame::Error(frame::Error { code, message, .. }) => {
                    Some((*code, message.clone()))
                }
                _ => None,
            });
            answers.push(answer.await);
        }
        assert_eq!(answers[0], answers[1], "{kind}");
    }
    let mut browser = Browser::new(&server);
    browser.sign_in("Dora", "tea").await;
    let theirs = browser.get(&format!("/rooms/{room}")).await;
    let none = browser.get(&format!("/rooms/{nowhere}")).await;
    assert_eq!((theirs.status.as_u16(), none.status.as_u16()), (404, 404));
    assert!(!theirs.body.contains("hush"));
    let mut anonymous = Browser::new(&server);
    let theirs = anonymous.get(&format!("/rooms/{room}")).await;
    assert_eq!(theirs.location.as_deref(), Some("/"));
}

#[tokio::test]
async fn nobody_writes_to_nobody_or_to_oneself() {
    let server = Server::open();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let to = |nickname: &str| json!({"type": "private", "to": nickname, "id": "x", "text": "hi"});
    let id = Some("x".to_owned());
    assert_eq!(
        anna.refused(to("Nobody")).await,
        (Code::NoSuchUser, id.clone())
    );
    assert_eq!(anna.refused(to("anna")).await, (Code::ToYourself, id));
}

#[tokio::test]
async fn an_id_that_was_used_with_one_user_is_not_taken_for_a_message_to_another() {
    let server = Server::open();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let mut carl = Client::sign_in(&server, "Carl").await;
    let first = anna.whisper("Ben", "1", "hi").await;
    assert_eq!(anna.whisper("ben", "1", "hi").await, first);
    let again = json!({"type": "private", "to": "Carl", "id": "1", "text": "hi"});
    let refused = anna.refused(again).await;
    assert_eq!(refused, (Code::IdReused, Some("1".to_owned())));
    assert_eq!(ben.message().await, first);
    assert!(carl.so_far().await.is_empty());
}

#[tokio::test]
async fn who_takes_a_lapsed_nickname_sees_nothing_of_the_first_ones() {
    let server = Server::with(&["--bot-reservation-seconds", "0"]);
    let mut anna = Client::sign_in(&server, "Anna").await;
    let first = Client::sign_in(&server, "Ben").await;
    let (first_token, first_user) = (first.token.clone(), first.user);
    let room = anna.whisper("Ben", "p1", "for the first Ben").await.room;
    drop(first);
    // The nickname is free as soon as the server has seen the line go.
    let mut second = Client::connect(&server).await;
    loop {
        second
            .say(json!({"type": "login", "nickname": "ben"}))
            .await;
        match second.next().await {
            ServerFrame::Welcome(frame::Welcome { user, token, .. }) => {
                (second.user, second.token) = (user.0, token.unwrap_or_default());
                break;
            }
            ServerFrame::Error(frame::Error { code, .. }) => assert_eq!(code, Code::NicknameTaken),
            other => panic!("{other:?}"),
        }
    }
    assert_ne!(second.user, first_user);
    let refused = second.refused(json!({"type": "join", "room": room})).await;
    assert_eq!(refused.0, Code::NoSuchRoom);
    // By the nickname, Anna now reaches the second Ben, in another conversation …
    let to_second = anna.whisper("Ben", "p2", "for the second Ben").await;
    assert_ne!(to_second.room, room);
    assert_eq!(second.message().await.text, "for the second Ben");
    let holds = directs(&mut anna).await.into_iter();
    let holds: Vec<_> = holds
        .map(|line| (line.room, line.with, line.holds))
        .collect();
    let (of_first, of_second) = (room.clone(), to_second.room.clone());
    assert_eq!(
        holds,
        [
            (of_second, "ben".to_owned(), true),
            (of_first, "Ben".to_owned(), false)
        ]
    );
    // … and by the conversation, still the first one, who comes back under another nickname.
    anna.post(&room, "p3", "still for the first").await;
    let mut first = Client::connect(&server).await;
    let refused = first
        .refused(json!({"type": "login", "token": first_token}))
        .await;
    assert_eq!(refused.0, Code::NicknameTaken);
    first
        .say(json!({"type": "login", "token": first_token, "nickname": "Benedict"}))
        .await;
    assert_eq!(first.welcome().await, "Benedict");
    assert_eq!(first.user, first_user);
    let joined = first.join(&room).await;
    assert_eq!(
        texts(&joined.messages),
        ["for the first Ben", "still for the first"]
    );
    let heard = second.so_far().await;
    assert!(!format!("{heard:?}").contains("for the first"));
}

pub async fn directs(client: &mut Client) -> Vec<DirectLine> {
    client.say(json!({"type": "rooms"})).await;
    let directs = |frame: &ServerFrame| match frame {
        ServerFrame::Rooms(frame::Rooms { directs, .. }) => Some(directs.clone()),
        _ => None,
    };
    client.until(directs).await
}
