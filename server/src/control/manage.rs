//! Handles the requests of the command line: those about bots, webhooks and messages here, the
//! others in [`rooms`], [`users`] and [`status`].

mod rooms;
mod status;
mod users;

use std::sync::Arc;

use protocol::{Code, Nickname, Refusal, RoomName, Seq, is_direct};

use super::{Administration, Answer, Request};
use crate::{
    error,
    permissions::{Grant, Scope},
    secret,
    store::{
        self, Store,
        bots::{self, Bot},
        users::SecretHash,
        webhooks,
    },
    webhooks::{new_secret, validate_url},
    writer::{IntegrationChange, MessageRef, NewBot, WriterHandle},
};

/// Handles a request, and returns the answer to it.
pub async fn manage(request: Request, server: &Administration) -> Answer {
    let (writer, store) = (&server.writer, &server.store);
    let done = match request {
        Request::Rooms => rooms::list(server).await,
        Request::RemoveRoom { room } => rooms::remove(server, &room).await,
        Request::Users { all } => users::list(server, all).await,
        Request::RemoveUser {
            user,
            with_messages,
        } => users::remove(server, user, with_messages).await,
        Request::Status => status::status(server).await,
        Request::AddBot { name, grant } => add_bot(server, &name, grant).await,
        Request::RemoveBot { name, is_webhook } => remove(writer, store, &name, is_webhook).await,
        Request::Bots => bots(store).await.map(Answer::Bots),
        Request::AddWebhook(new) => add_webhook(writer, new).await,
        Request::RemoveWebhook { name } => {
            change(writer, IntegrationChange::RemoveWebhook(name)).await
        }
        Request::EnableWebhook { name } => {
            change(writer, IntegrationChange::EnableWebhook(name)).await
        }
        Request::RemoveMessage { room, seq } => remove_message(writer, store, room, seq).await,
        Request::Webhooks => {
            let all = store.read(webhooks::all).await;
            let all = all.map_err(error::unavailable);
            all.map(|all| Answer::Webhooks(all.into_iter().map(Into::into).collect()))
        }
    };
    done.unwrap_or_else(Answer::from)
}

async fn change(writer: &WriterHandle, change: IntegrationChange) -> Result<Answer, Refusal> {
    writer.change_integrations(change).await?;
    Ok(Answer::Done)
}

async fn remove_message(
    writer: &WriterHandle,
    store: &Arc<Store>,
    room: String,
    seq: Seq,
) -> Result<Answer, Refusal> {
    let room = match is_direct(&room) {
        true => room,
        false => {
            let name = RoomName::parse(&room)?;
            let stored = store
                .read(move |db| store::rooms::canonical_name(db, &name))
                .await;
            stored
                .map_err(error::unavailable)?
                .ok_or(Code::NoSuchRoom)?
        }
    };
    writer.delete_message(MessageRef { room, seq }).await?;
    Ok(Answer::Done)
}

async fn add_bot(server: &Administration, name: &str, mut grant: Grant) -> Result<Answer, Refusal> {
    let is_webhook = grant.may.contains(&Scope::Hook);
    let name = Nickname::parse_new(name)?;
    for room in grant.rooms.iter_mut().flatten() {
        let parsed = RoomName::parse(room)?;
        let posts = grant
            .may
            .iter()
            .any(|may| matches!(may, Scope::Post | Scope::Hook));
        if posts && parsed.is_announcements() {
            return Err(Code::ReadOnly.into());
        }
        parsed.as_str().clone_into(room);
    }
    let secret = secret::new();
    let bot = NewBot {
        name,
        grant,
        secret: SecretHash::of(&secret),
    };
    server
        .writer
        .change_integrations(IntegrationChange::AddBot(bot))
        .await?;
    if !is_webhook {
        return Ok(Answer::Secret(secret));
    }
    let state = server.state.as_ref();
    let public_url = state.and_then(|state| state.config.proxies.public_url.first());
    Ok(Answer::IncomingWebhook {
        secret,
        public_url: public_url.map(ToString::to_string),
    })
}

async fn remove(
    writer: &WriterHandle,
    store: &Arc<Store>,
    name: &str,
    is_webhook: bool,
) -> Result<Answer, Refusal> {
    let bots = bots(store).await?;
    let mut bots = bots.iter().filter(|it| is_of_kind(it, is_webhook));
    let bot = bots.find(|bot| protocol::name::is_same(&bot.name, name));
    let Some(bot) = bot else {
        let sentence = format!("There is none named “{name}”. Use “list” to see their names.");
        return Err(Refusal::new(Code::NotFound, sentence));
    };
    writer.sign_out(bot.user).await?;
    Ok(Answer::Done)
}

/// Whether this is an incoming webhook, or, if `is_webhook` is not set, any other bot. The command
/// line lists and removes the two kinds separately.
pub fn is_of_kind(bot: &Bot, is_webhook: bool) -> bool {
    bot.grant.may.contains(&Scope::Hook) == is_webhook
}

async fn bots(store: &Arc<Store>) -> Result<Vec<Bot>, Refusal> {
    store.read(bots::all).await.map_err(error::unavailable)
}

async fn add_webhook(writer: &WriterHandle, new: webhooks::NewWebhook) -> Result<Answer, Refusal> {
    let room = webhooks::check(&new)?;
    validate_url(&new.url, new.private)
        .map_err(|why| Refusal::new(Code::BadField, format!("{}: {why}.", new.url)))?;
    let secret = new_secret();
    let change = IntegrationChange::AddWebhook(new, room, secret.clone());
    writer.change_integrations(change).await?;
    Ok(Answer::Secret(secret))
}
