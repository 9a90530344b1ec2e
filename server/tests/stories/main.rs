//! Stories over real sockets against a real server process: what people and programs see, told from
//! outside. [`house`] starts and stops the process, [`client`] is a program that talks to it,
//! [`browser`] asks for pages as a browser would. A [`regular`] is a program that comes back after
//! whatever happens, a [`company`] twenty of them; [`disk`] and [`proxy`] make it happen. A
//! [`table`] is a game as a program follows it.

mod browser;
mod client;
mod company;
mod disk;
mod house;
mod proxy;
mod regular;
mod table;

mod agreement;
mod bot;
mod coming_and_going;
mod crashes;
mod crowd;
mod devices;
mod games;
mod limits;
mod names;
mod network;
mod pages;
mod private;
mod programs;
mod reads;
mod refusals;
mod restarts;
mod slow_reader;
mod starting;
mod storage;
mod talking;
mod tournament;
mod typing;
