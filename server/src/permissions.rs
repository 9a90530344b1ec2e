//! What a client may do: a user everything, a bot what its token says.

use std::sync::Arc;

use protocol::{Code, Refusal, RoomName, name};
use serde::{Deserialize, Serialize};

/// Something that a token may allow.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Send messages
    Post,
    /// Read messages, also over a WebSocket
    Read,
    /// Send announcements to everyone
    Announce,
    /// Post through a webhook's URL, and nothing else
    #[value(skip)]
    Hook,
}

impl Scope {
    /// As it is written on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Read => "read",
            Self::Announce => "announce",
            Self::Hook => "hook",
        }
    }
}

/// What a token grants.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Grant {
    pub may: Vec<Scope>,
    /// Public rooms as they are written, and no others; none: wherever one likes, in private too.
    pub rooms: Option<Vec<String>>,
}

/// What somebody may do. Cheap to clone.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Permissions {
    #[default]
    User,
    Bot(Arc<Grant>),
}

impl Permissions {
    /// Of somebody with a token of this kind, or none.
    pub fn of(grant: Option<Grant>) -> Self {
        grant.map_or(Self::User, |grant| Self::Bot(Arc::new(grant)))
    }

    pub fn is_bot(&self) -> bool {
        matches!(self, Self::Bot(_))
    }

    /// May this be done at all?
    ///
    /// # Errors
    /// [`Code::NotAllowed`], with what the token lacks.
    pub fn check(&self, scope: Scope) -> Result<(), Refusal> {
        match self {
            Self::Bot(grant) if !grant.may.contains(&scope) => {
                let sentence = format!(
                    "This token doesn't have the “{}” permission. Use a token that does.",
                    scope.as_str()
                );
                Err(Refusal::new(Code::NotAllowed, sentence))
            }
            _ => Ok(()),
        }
    }

    /// May this be done in a public room?
    ///
    /// # Errors
    /// [`Code::NotAllowed`].
    pub fn check_in(&self, scope: Scope, room: &RoomName) -> Result<(), Refusal> {
        self.check(scope)?;
        if self.is_for(room.as_str()) {
            return Ok(());
        }
        let sentence = format!(
            "This token can't be used in “{}”. Use a token for that room.",
            room.as_str()
        );
        Err(Refusal::new(Code::NotAllowed, sentence))
    }

    /// May this be done in private?
    ///
    /// # Errors
    /// [`Code::NotAllowed`].
    pub fn check_private(&self, scope: Scope) -> Result<(), Refusal> {
        self.check(scope)?;
        match self.rooms() {
            Some(_) => {
                let sentence =
                    "This token is limited to certain rooms. Use one that is valid in all rooms.";
                Err(Refusal::new(Code::NotAllowed, sentence))
            }
            None => Ok(()),
        }
    }

    /// Is this for the public room of this name?
    pub fn is_for(&self, room: &str) -> bool {
        self.rooms()
            .is_none_or(|rooms| rooms.iter().any(|it| name::is_same(it, room)))
    }

    /// The only public rooms that this is for.
    pub fn rooms(&self) -> Option<&Vec<String>> {
        match self {
            Self::User => None,
            Self::Bot(grant) => grant.rooms.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(name: &str) -> RoomName {
        RoomName::parse(name).expect("a name")
    }

    #[test]
    fn a_user_may_everything_and_a_bot_what_its_token_says() {
        assert_eq!(
            Permissions::User.check_in(Scope::Announce, &room("ops")),
            Ok(())
        );
        let permissions = Permissions::of(Some(Grant {
            may: vec![Scope::Post],
            rooms: Some(vec!["Ops".to_owned()]),
        }));
        assert_eq!(permissions.check_in(Scope::Post, &room("ops")), Ok(()));
        let refused = |checked: Result<(), Refusal>| checked.expect_err("not allowed").code;
        assert_eq!(
            refused(permissions.check_in(Scope::Post, &room("tea"))),
            Code::NotAllowed
        );
        assert_eq!(
            refused(permissions.check_in(Scope::Read, &room("ops"))),
            Code::NotAllowed
        );
        assert_eq!(
            refused(permissions.check_private(Scope::Post)),
            Code::NotAllowed
        );
    }
}
