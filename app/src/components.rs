//! What pages are made of, one file a piece; the piece's style has the same name under `style/`.

pub mod badge;
pub mod banner;
pub mod composer;
pub mod conversation;
pub mod directs;
pub mod draft;
pub mod field;
pub mod log;
pub mod masthead;
pub mod message;
pub mod people;
pub mod rooms;
