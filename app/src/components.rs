//! What pages are made of, one file a piece; the piece's style has the same name under `style/`.

pub mod announcer;
pub mod avatar;
pub mod banner;
pub mod board;
pub mod composer;
pub mod conversation;
pub mod directs;
pub mod field;
pub mod finder;
pub mod game;
pub mod glyph;
pub mod heading;
pub mod key_list;
pub mod log;
pub mod message;
pub mod notices;
pub mod oneself;
pub mod palette;
pub mod people;
pub mod places;
pub mod play;
pub mod rooms;
pub mod scroll;
pub mod shelf;
