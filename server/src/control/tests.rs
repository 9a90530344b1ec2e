use protocol::{Nickname, RoomName};
use serde_json::{Value, json};

use super::*;
use crate::{store::users::SecretHash, writer::SignIn};

/// A field that was renamed must not be dropped silently: without its trigger, a webhook would
/// post every message.
#[test]
fn a_request_of_the_version_before_is_not_understood() {
    for request in [
        r#"{"add_outgoing":{"name":"d","room":"ops","url":"http://a.example/","word":"deploy","private":false}}"#,
        r#"{"remove_outgoing":{"name":"d"}}"#,
        r#""outgoing""#,
        r#"{"add_program":{"name":"b","grant":{"may":["post"],"rooms":null}}}"#,
    ] {
        assert!(
            serde_json::from_str::<Request>(request).is_err(),
            "{request}"
        );
    }
}

/// Requests with a text in each field that holds one.
fn requests() -> Vec<Value> {
    vec![
        json!({"add_bot": {"name": "Bot", "grant": {"may": ["read"], "rooms": ["tea"]}}}),
        json!({"remove_bot": {"name": "Bot", "is_webhook": false}}),
        json!({"add_webhook": {
            "name": "hook", "room": "tea", "url": "https://example.org/", "trigger": "word",
            "private": false,
        }}),
        json!({"enable_webhook": {"name": "hook"}}),
        json!({"remove_webhook": {"name": "hook"}}),
        json!({"remove_room": {"room": "tea"}}),
        json!({"remove_user": {"user": {"name": "Anna"}, "with_messages": true}}),
    ]
}

/// Copies of the value with U+0000 at the end of one of its texts.
fn with_nul(value: &Value) -> Vec<Value> {
    let texts = match value {
        Value::String(text) => return vec![json!(format!("{text}\0"))],
        Value::Array(items) => (0..items.len()).map(|at| format!("/{at}")).collect(),
        Value::Object(fields) => fields.keys().map(|key| format!("/{key}")).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    };
    let inner = texts.iter().flat_map(|path| {
        let at = value.pointer(path).expect("is in the value");
        with_nul(at).into_iter().map(move |changed| {
            let mut copy = value.clone();
            *copy.pointer_mut(path).expect("is in the copy") = changed;
            copy
        })
    });
    inner.collect()
}

#[tokio::test]
async fn u_0000_is_refused_in_every_field_of_a_request() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let store = Store::open(folder.path(), Durability::Normal).expect("opens");
    let store = Arc::new(store);
    let hub = Arc::new(Hub::new(0, Duration::ZERO, Duration::ZERO));
    let rate_limiter = Arc::default();
    let (writer, _thread) = WriterHandle::start(&store, &hub, &rate_limiter).expect("starts");
    // What is removed below.
    hub.add_room(RoomName::parse("tea").expect("a name"), 0, 0);
    let anna = SignIn {
        may_be_reserved: Ok(()),
        nickname: Nickname::parse("Anna").expect("a nickname"),
        reservation: Duration::from_secs(60),
        secret: SecretHash::of("secret"),
    };
    writer.sign_in(anna).await.expect("signs in");
    let server = Administration {
        writer,
        store,
        hub,
        state: None,
    };
    let ask = async |request: &Value| {
        let (ours, theirs) = UnixStream::pair().expect("a pair");
        let request = serde_json::from_value(request.clone()).expect("is a request");
        let (answer, served) = tokio::join!(ask_server(ours, &request), serve(theirs, &server));
        served.expect("answers");
        answer.expect("is an answer")
    };
    let wrong: Vec<_> = requests().iter().flat_map(with_nul).collect();
    assert_eq!(wrong.len(), 12, "{wrong:?}");
    for request in wrong {
        let Ok(request) = serde_json::from_value::<Request>(request) else {
            // The scopes are not free text.
            continue;
        };
        let answer = ask(&serde_json::to_value(&request).expect("is JSON")).await;
        let Answer::Refused(why) = answer else {
            panic!("{request:?} is answered with {answer:?}");
        };
        assert!(why.contains("U+0000"), "{request:?}: {why}");
    }
    for request in requests() {
        let answer = ask(&request).await;
        assert!(!matches!(answer, Answer::Refused(_)), "{answer:?}");
    }
}
