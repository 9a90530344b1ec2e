//! What a client may do: a user everything, a bot what its token grants.

use std::sync::Arc;

use protocol::{Code, Refusal, RoomName, name};
use serde::{Deserialize, Serialize};

/// A scope that a token may grant.
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
    /// The scope's name on the command line.
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
    /// The public rooms to which the token is limited. `None` means all public rooms and private
    /// conversations.
    pub rooms: Option<Vec<String>>,
}

/// The permissions of a client. Cheap to clone.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Permissions {
    #[default]
    User,
    Bot(Arc<Grant>),
}

impl Permissions {
    /// The permissions of a bot whose token has this grant; without one, those of a user.
    pub fn of(grant: Option<Grant>) -> Self {
        grant.map_or(Self::User, |grant| Self::Bot(Arc::new(grant)))
    }

    pub fn is_bot(&self) -> bool {
        matches!(self, Self::Bot(_))
    }

    /// Checks that the scope is granted at all.
    ///
    /// # Errors
    /// [`Code::NotAllowed`], with a sentence that names the missing scope.
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

    /// Checks that the scope is granted in a public room.
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

    /// Checks that the scope is granted in private conversations.
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

    /// Whether the permissions cover the public room with this name.
    pub fn is_for(&self, room: &str) -> bool {
        self.rooms()
            .is_none_or(|rooms| rooms.iter().any(|it| name::is_same(it, room)))
    }

    /// The public rooms to which the permissions are limited, if they are.
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
    fn a_user_may_do_everything_and_a_bot_what_its_token_grants() {
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
