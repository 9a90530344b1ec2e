//! Stories over real sockets against a real server process: what people and programs see, told from
//! outside. [`house`] starts and stops the process, [`client`] is a program that talks to it,
//! [`browser`] asks for pages as a browser would.

mod browser;
mod client;
mod disk;
mod house;

mod agreement;
mod coming_and_going;
mod devices;
mod limits;
mod names;
mod pages;
mod private;
mod reads;
mod refusals;
mod restarts;
mod starting;
mod storage;
mod talking;
mod typing;
