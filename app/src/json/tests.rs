//! What [`super::read`] accepts, compared with serde_json.

use serde::{Deserialize, Serialize};

use super::read;

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Everything {
    text: String,
    small: u8,
    large: u64,
    below: i64,
    maybe: Option<String>,
    #[serde(default)]
    left_out: Vec<u8>,
    pair: (String, i16),
    list: Vec<Vec<bool>>,
    variants: Vec<Variants>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Variants {
    Plain,
    Wrapped(Option<u8>),
    Named { name: String },
}

/// Both readers return the same value.
fn assert_same_as_serde_json(text: &str) {
    let ours = read::<Everything>(text).ok();
    assert_eq!(ours, serde_json::from_str(text).ok(), "{text}");
    assert!(ours.is_some(), "{text}");
}

#[test]
fn output_of_serde_json_is_read() {
    let name = String::from("q\"\\/\u{8}\u{c}\n\r\t\u{1}é🎉\u{2028}");
    let everything = Everything {
        text: name.clone(),
        small: 255,
        large: u64::MAX,
        below: i64::MIN,
        maybe: None,
        left_out: Vec::new(),
        pair: (String::new(), -1),
        list: vec![vec![], vec![true, false]],
        variants: vec![
            Variants::Plain,
            Variants::Wrapped(None),
            Variants::Wrapped(Some(0)),
            Variants::Named { name },
        ],
    };
    let text = serde_json::to_string_pretty(&everything).expect("serializable");
    assert_same_as_serde_json(&text);
}

#[test]
fn fields_may_be_in_any_order_and_unknown_fields_are_skipped() {
    assert_same_as_serde_json(
        r#" { "variants":[] , "list":[], "pair":["\ud83c\uDF89\u0041",0],"x":[1.5e-3,{"a":[null,"]"]}],
        "y":-0,"maybe":"a","below":-5,"large":0,"small":1,"text":"" } "#,
    );
}

#[test]
fn invalid_json_and_wrong_types_are_errors() {
    for wrong in [
        "",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1]]",
        "[1] x",
        "[-]",
        "[1.0]",
        "[1e1]",
        "[256]",
        "[-1]",
        "[\"1\"]",
        "{}",
        "[99999999999999999999999]",
    ] {
        assert_eq!(read::<Vec<u8>>(wrong).ok(), None, "{wrong}");
    }
    for wrong in [
        r#""\u12"#,
        r#""\u+123""#,
        r#""\ud83c""#,
        r#""\ud83cx""#,
        r#""\ud83c\u0041""#,
        r#""\udf89""#,
        r#""\x""#,
        r#"""#,
        r#""a"#,
        "\"a\nb\"",
        "'a'",
        "\"\\é\"",
        r#""\u00é""#,
    ] {
        assert_eq!(read::<String>(wrong).ok(), None, "{wrong}");
    }
    assert!(read::<(u8, u8)>("[1,2,3]").is_err());
    assert!(read::<(u8, u8)>("[1]").is_err());
    assert!(read::<Variants>("{\"plain\":1}").is_err());
    assert!(read::<Variants>("{\"wrapped\":1,\"plain\":2}").is_err());
    let bomb = "[".repeat(100_000);
    assert!(read::<Vec<serde::de::IgnoredAny>>(&bomb).is_err());
}
