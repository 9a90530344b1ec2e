//! Nicknames that only the operator can give, because they look like a part of the server.

use std::{collections::HashSet, sync::LazyLock};

use super::{keys::caseless_skeleton, new_name::is_separator, skeletons};

/// The reserved words: roles, and what other chats call everybody.
const WORDS: [&str; 14] = [
    "admin",
    "administrator",
    "administrators",
    "admins",
    "everyone",
    "moderator",
    "moderators",
    "operator",
    "parlor",
    "root",
    "security",
    "server",
    "support",
    "system",
];

static SKELETONS: LazyLock<HashSet<String>> =
    LazyLock::new(|| WORDS.into_iter().flat_map(forms).collect());

/// Whether the name looks like a reserved word or one of `hosts`, whatever separates its letters.
pub fn is_reserved<'a>(name: &str, hosts: impl IntoIterator<Item = &'a str>) -> bool {
    let letters = |name: &str| name.replace(is_separator, "");
    let wanted = forms(&letters(name));
    let is_known = |skeleton: &String| SKELETONS.contains(skeleton);
    let is_host = |host: &str| {
        let host = forms(&letters(host));
        wanted.iter().any(|skeleton| host.contains(skeleton))
    };
    wanted.iter().any(is_known) || hosts.into_iter().any(is_host)
}

/// What a name may look like. Few words are reserved, so whatever looks like one in any mixture of
/// cases is as well.
fn forms(name: &str) -> [String; 4] {
    let [written, lower, upper] = skeletons(name);
    [written, lower, upper, caseless_skeleton(name)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, Nickname};

    #[test]
    fn names_that_look_like_the_server_are_reserved() {
        let hosts = ["chat.example.org"];
        for name in [
            "admin",
            "Admin",
            "ADMlN",
            "AdMlN",
            "sYsTeM",
            "SecurlTy",
            "a.d.m.i.n",
            "_system_",
            "Parlor",
            "PARL0R",
            "rnoderator",
            "r00t",
            "chat.example.org",
            "Chat Example 0rg",
            "Chat ExampIe org",
        ] {
            assert!(is_reserved(name, hosts), "{name}");
            let refused = Nickname::parse_chosen(name, hosts).map_err(|refusal| refusal.code);
            assert_eq!(refused, Err(Code::BadNickname), "{name}");
            assert!(
                Nickname::parse_new(name).is_ok(),
                "the operator may: {name}"
            );
        }
        for name in ["Anna", "Adam", "Rooter", "Parlour", "chat", "example.org"] {
            assert!(!is_reserved(name, hosts), "{name}");
        }
    }
}
