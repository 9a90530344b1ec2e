//! Lists and removes users.

use futures_util::future::try_join_all;
use protocol::{Code, Nickname, Refusal, UserId};

use super::{Administration, Answer};
use crate::{
    clock,
    control::UserRef,
    error,
    store::{
        directory::{self, TextRef},
        now_ms, users,
    },
    writer::MessageRef,
};

/// How many texts are deleted at once.
const TEXTS_AT_ONCE: usize = 200;

/// Lists the users.
pub async fn list(server: &Administration, all: bool) -> Result<Answer, Refusal> {
    let users = server.store.read(move |db| directory::users(db, all)).await;
    let mut users = users.map_err(error::unavailable)?;
    for user in &mut users {
        user.seen_at = clock::to_wall(user.seen_at);
        user.connections = Some(server.hub.connections_of(user.user));
    }
    Ok(Answer::Users(users))
}

/// Signs a user out everywhere, and deletes the user's texts if `with_messages` is set.
pub async fn remove(
    server: &Administration,
    user: UserRef,
    with_messages: bool,
) -> Result<Answer, Refusal> {
    let user = find(server, user).await?;
    server.writer.sign_out(user).await?;
    if with_messages {
        delete_texts(server, user).await?;
    }
    Ok(Answer::Done)
}

async fn find(server: &Administration, user: UserRef) -> Result<UserId, Refusal> {
    let found = match user {
        UserRef::Id(id) => {
            let is_user = server
                .store
                .read(move |db| directory::is_user(db, id))
                .await;
            is_user.map_err(error::unavailable)?.then_some(id)
        }
        UserRef::Name(name) => {
            let name = Nickname::parse(&name)?;
            let found = server
                .store
                .read(move |db| users::find_by_nickname(db, &name, now_ms()));
            found
                .await
                .map_err(error::unavailable)?
                .map(|(user, _)| user)
        }
    };
    found.ok_or_else(|| {
        let sentence = "There is no such user. Use “parlor user list” to see who is signed in.";
        Refusal::new(Code::NoSuchUser, sentence)
    })
}

/// Deletes the texts of a user who is signed out, so no more are added.
async fn delete_texts(server: &Administration, user: UserId) -> Result<(), Refusal> {
    let mut after = String::new();
    loop {
        let texts = server
            .store
            .read(move |db| directory::texts_of(db, user, &after, TEXTS_AT_ONCE));
        let texts = texts.await.map_err(error::unavailable)?;
        match texts.last() {
            Some(last) => after = last.id.clone(),
            None => return Ok(()),
        }
        let deletions = texts.into_iter().map(|text| async move {
            let TextRef { room, seq, .. } = text;
            let deleted = server.writer.delete_message(MessageRef { room, seq }).await;
            // The room may have been removed meanwhile, and the text with it.
            match deleted {
                Err(refusal) if refusal.code == Code::NoSuchRoom => Ok(()),
                deleted => deleted,
            }
        });
        try_join_all(deletions).await?;
    }
}
