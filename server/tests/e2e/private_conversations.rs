//! Private conversations: their messages reach two users and nobody else.

use protocol::{Code, DirectLine, ServerFrame, frame};
use serde_json::json;

use crate::{
    browser::Browser,
    client::{Client, texts},
    server::Server,
};

#[tokio::test]
async fn a_private_message_reaches_all_sockets_of_its_two_users_and_nobody_else() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let mut bens_other = Client::sign_in_with_token(&server, &ben.token).await;
    let mut carl = Client::in_room(&server, "Carl", "tea").await;
    let sent = anna.send_direct("bEN", "p1", "just between us").await;
    assert!(sent.room.starts_with('@'));
    assert_eq!((sent.to.as_deref(), sent.seq), (Some("Ben"), 1));
    assert_eq!(ben.next_message().await, sent);
    assert_eq!(bens_other.next_message().await, sent);
    // From now on the conversation can be addressed by its id.
    let answered = ben.post(&sent.room, "p2", "of course").await;
    assert_eq!(answered.to.as_deref(), Some("Anna"));
    assert_eq!(anna.next_message().await, answered);
    carl.send(json!({"type": "rooms"})).await;
    let frames = carl.frames_so_far().await;
    let frames = format!("{frames:?}");
    assert!(!frames.contains("between us") && !frames.contains(&sent.room));
}

#[tokio::test]
async fn an_offline_user_finds_the_message_after_signing_in_again() {
    let server = Server::start();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let ben = Client::sign_in(&server, "Ben").await;
    let token = ben.token.clone();
    drop(ben);
    let sent = anna.send_direct("Ben", "p1", "are you there?").await;
    let mut ben = Client::sign_in_with_token(&server, &token).await;
    // The room list shows the conversation to Ben and to nobody else.
    let carl = Client::sign_in(&server, "Carl").await;
    for (mut client, seen) in [
        (carl, vec![]),
        (Client::sign_in_with_token(&server, &token).await, vec![1]),
    ] {
        let directs = directs(&mut client).await;
        assert_eq!(directs.iter().map(|d| d.seq).collect::<Vec<_>>(), seen);
        assert!(
            directs
                .iter()
                .all(|d| d.room == sent.room && d.with == "Anna")
        );
    }
    let joined = ben.join(&sent.room).await;
    assert_eq!(texts(&joined.messages), ["are you there?"]);
    assert_eq!(joined.members, ["Anna", "Ben"]);
}

#[tokio::test]
async fn to_other_users_a_private_conversation_is_a_room_that_does_not_exist() {
    let server = Server::start();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let _ben = Client::sign_in(&server, "Ben").await;
    let room = anna.send_direct("Ben", "p1", "hush").await.room;
    let nowhere = format!("@{}", "0".repeat(32));
    let mut carl = Client::sign_in(&server, "Carl").await;
    for kind in ["join", "history", "leave", "room"] {
        let mut answers = Vec::new();
        for place in [&room, &nowhere] {
            carl.send(json!({"type": kind, "room": place, "to": place, "text": "x"}))
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
async fn private_messages_to_unknown_users_and_to_yourself_are_refused() {
    let server = Server::start();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let to = |nickname: &str| json!({"type": "private", "to": nickname, "id": "x", "text": "hi"});
    let id = Some("x".to_owned());
    assert_eq!(
        anna.expect_refusal(to("Nobody")).await,
        (Code::NoSuchUser, id.clone())
    );
    assert_eq!(
        anna.expect_refusal(to("anna")).await,
        (Code::ToYourself, id)
    );
}

#[tokio::test]
async fn an_id_used_with_one_user_is_refused_with_another() {
    let server = Server::start();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let mut carl = Client::sign_in(&server, "Carl").await;
    let first = anna.send_direct("Ben", "1", "hi").await;
    assert_eq!(anna.send_direct("ben", "1", "hi").await, first);
    let again = json!({"type": "private", "to": "Carl", "id": "1", "text": "hi"});
    let refused = anna.expect_refusal(again).await;
    assert_eq!(refused, (Code::IdReused, Some("1".to_owned())));
    assert_eq!(ben.next_message().await, first);
    assert!(carl.frames_so_far().await.is_empty());
}

#[tokio::test]
async fn a_user_who_takes_an_expired_nickname_sees_nothing_of_the_earlier_user() {
    let server = Server::with(&["--bot-reservation-seconds", "0"]);
    let mut anna = Client::sign_in(&server, "Anna").await;
    let first = Client::sign_in(&server, "Ben").await;
    let (first_token, first_user) = (first.token.clone(), first.user);
    let room = anna
        .send_direct("Ben", "p1", "for the first Ben")
        .await
        .room;
    drop(first);
    // The nickname is free as soon as the server has noticed the closed socket.
    let mut second = Client::connect(&server).await;
    loop {
        second
            .send(json!({"type": "login", "nickname": "ben"}))
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
    let refused = second
        .expect_refusal(json!({"type": "join", "room": room}))
        .await;
    assert_eq!(refused.0, Code::NoSuchRoom);
    // By nickname, Anna now reaches the second Ben, in another conversation.
    let to_second = anna.send_direct("Ben", "p2", "for the second Ben").await;
    assert_ne!(to_second.room, room);
    assert_eq!(second.next_message().await.text(), "for the second Ben");
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
    // By the conversation's id, she still reaches the first one, who signs in with another
    // nickname.
    anna.post(&room, "p3", "still for the first").await;
    let mut first = Client::connect(&server).await;
    let refused = first
        .expect_refusal(json!({"type": "login", "token": first_token}))
        .await;
    assert_eq!(refused.0, Code::NicknameTaken);
    first
        .send(json!({"type": "login", "token": first_token, "nickname": "Benedict"}))
        .await;
    assert_eq!(first.until_welcome().await, "Benedict");
    assert_eq!(first.user, first_user);
    let joined = first.join(&room).await;
    assert_eq!(
        texts(&joined.messages),
        ["for the first Ben", "still for the first"]
    );
    let received = second.frames_so_far().await;
    assert!(!format!("{received:?}").contains("for the first"));
}

pub async fn directs(client: &mut Client) -> Vec<DirectLine> {
    client.send(json!({"type": "rooms"})).await;
    let directs = |frame: &ServerFrame| match frame {
        ServerFrame::Rooms(frame::Rooms { directs, .. }) => Some(directs.clone()),
        _ => None,
    };
    client.until(directs).await
}
