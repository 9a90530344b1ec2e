//! What no field of a frame may contain. The list of the fields is computed from the types.

use proptest::prelude::*;
use protocol::{
    ClientFrame, Code, ServerFrame, frame, number,
    schema::fields::{Field, of_client_frames, of_server_frames},
};
use serde_json::{Value, json};

fn decode(frame: &Value) -> Result<ClientFrame, frame::Error> {
    ClientFrame::decode(&frame.to_string())
}

fn fields(are_numbers: bool) -> Vec<Field> {
    let fields = of_client_frames().into_iter();
    fields.filter(|it| it.is_number == are_numbers).collect()
}

#[test]
fn the_list_has_the_fields_of_every_frame_and_act() {
    let fields = of_client_frames();
    for (kind, pointer) in [
        ("join", "/after"),
        ("history", "/before"),
        ("history", "/limit"),
        ("watch", "/games/0"),
        ("read", "/seq"),
        ("game", "/act/move/of"),
        ("game", "/act/move/at"),
        ("game", "/act/rematch/of"),
        ("game", "/act/invite/clock"),
        ("game", "/act/invite/with"),
        ("room", "/text"),
        ("login", "/token"),
    ] {
        let is_it = |it: &&Field| it.document["type"] == kind && it.pointer == pointer;
        assert!(fields.iter().any(|it| is_it(&it)), "{kind}{pointer}");
    }
    for Field { document, .. } in &fields {
        assert!(decode(document).is_ok(), "{document}");
    }
}

#[test]
fn the_refusal_of_a_frame_names_its_message_or_room() {
    let frame = json!({"type": "room", "to": "tea", "id": "a", "text": "nothing\0 much"});
    let error = decode(&frame).expect_err("U+0000");
    assert_eq!(
        (error.code, error.id.as_deref()),
        (Code::BadField, Some("a"))
    );
    let frame = json!({"type": "read", "room": "tea", "seq": number::MAX + 1});
    let error = decode(&frame).expect_err("a number above the maximum");
    assert_eq!(
        (error.code, error.room.as_deref()),
        (Code::BadField, Some("tea"))
    );
    // A backslash and five characters, and a field that is ignored.
    let fine = r#"{"type":"room","to":"tea","text":"\\u0000","later":"\u0000"}"#;
    assert!(ClientFrame::decode(fine).is_ok());
}

proptest! {
    #[test]
    fn numbers_that_javascript_cannot_represent_are_refused(
        beyond in prop_oneof![
            Just(json!(number::MAX + 1)),
            Just(json!(i64::MAX)),
            Just(json!(i64::MAX as u64 + 1)),
            Just(json!(u64::MAX)),
            Just(json!(u64::MAX as f64)),
            Just(json!(-1)),
            Just(json!(1.5)),
            (number::MAX + 1..).prop_map(|number| json!(number)),
            (..0_i64).prop_map(|number| json!(number)),
        ],
    ) {
        for field in fields(true) {
            let frame = field.with(beyond.clone());
            let refused = decode(&frame).map_err(|error| error.code);
            prop_assert_eq!(refused, Err(Code::BadField), "{}", frame);
        }
    }

    #[test]
    fn all_smaller_numbers_are_accepted(number in 0..=number::MAX) {
        for field in fields(true) {
            // `clock` has a smaller type.
            let is_clock = field.pointer.ends_with("/clock");
            let number = if is_clock { number & u64::from(u32::MAX) } else { number };
            prop_assert!(decode(&field.with(json!(number))).is_ok());
        }
    }

    #[test]
    fn u_0000_is_refused_in_every_string(before in ".{0,20}", after in ".{0,20}") {
        for field in fields(false) {
            let frame = field.with(json!(format!("{before}\0{after}")));
            let refused = decode(&frame).map_err(|error| error.code);
            prop_assert_eq!(refused, Err(Code::BadField), "{}", frame);
        }
    }
}

#[test]
fn every_document_of_a_server_frame_is_such_a_frame() {
    for Field {
        document, pointer, ..
    } in of_server_frames()
    {
        let decoded = serde_json::from_value::<ServerFrame>(document.clone());
        assert!(decoded.is_ok(), "{pointer} in {document}: {decoded:?}");
    }
}
