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
    kinds: Vec<Kind>,
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Plain,
    Wrapped(Option<u8>),
    Named { name: String },
}

/// As serde_json reads it.
fn reads_alike(text: &str) {
    let ours = read::<Everything>(text).ok();
    assert_eq!(ours, serde_json::from_str(text).ok(), "{text}");
    assert!(ours.is_some(), "{text}");
}

#[test]
fn what_serde_json_writes_is_read() {
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
        kinds: vec![
            Kind::Plain,
            Kind::Wrapped(None),
            Kind::Wrapped(Some(0)),
            Kind::Named { name },
        ],
    };
    let text = serde_json::to_string_pretty(&everything).expect("it can be written");
    reads_alike(&text);
}

#[test]
fn names_come_in_any_order_and_what_is_unknown_is_read_past() {
    reads_alike(
        r#" { "kinds":[] , "list":[], "pair":["\ud83c\uDF89\u0041",0],"x":[1.5e-3,{"a":[null,"]"]}],
        "y":-0,"maybe":"a","below":-5,"large":0,"small":1,"text":"" } "#,
    );
}

#[test]
fn what_is_wrong_is_not_read() {
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
    assert!(read::<Kind>("{\"plain\":1}").is_err());
    assert!(read::<Kind>("{\"wrapped\":1,\"plain\":2}").is_err());
    let bomb = "[".repeat(100_000);
    assert!(read::<Vec<serde::de::IgnoredAny>>(&bomb).is_err());
}
