//! What pages are made of: one file per component. Its style is in the file of the same name in
//! `style/`.

pub mod avatar;
pub mod board;
pub mod composer;
pub mod connection_banner;
pub mod conversation;
pub mod dialog;
pub mod directs;
pub mod field;
pub mod game;
pub mod game_dialog;
pub mod header;
pub mod icon;
pub mod live_region;
pub mod message;
pub mod message_list;
pub mod my_games;
pub mod nav_list;
pub mod people;
pub mod quick_switcher;
pub mod room_filter;
pub mod rooms;
pub mod scroll;
pub mod shortcut_list;
pub mod toasts;
pub mod user_menu;
