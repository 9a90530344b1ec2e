//! Stories over real sockets against a real server process: what people and programs see, told from
//! outside. [`server`] starts and stops the process, [`client`] is a program that talks to it,
//! [`browser`] asks for pages as a browser would, a [`api_client`] speaks HTTP. A [`regular`] is a program that comes back after
//! whatever happens, a [`company`] twenty of them; [`disk`] and [`proxy`] make it happen. A
//! [`table`] is a game as a program follows it.

mod api_client;
mod browser;
mod client;
mod company;
mod disk;
mod proxy;
mod python;
mod regular;
mod server;
mod table;

mod agreement;
mod announcements;
mod bot;
mod client_crate;
mod coming_and_going;
mod crashes;
mod crowd;
mod devices;
mod echo;
mod examples;
mod games;
mod hostile;
mod http;
mod incoming;
mod limits;
mod names;
mod network;
mod old_data;
mod origins;
mod outgoing;
mod pages;
mod pipes;
mod private;
mod reads;
mod refusals;
mod restarts;
mod schema;
mod slow_reader;
mod starting;
mod storage;
mod talking;
mod terminal;
mod tls;
mod tokens;
mod tournament;
mod typing;
mod unread_output;
