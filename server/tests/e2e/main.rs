//! End-to-end tests: each starts a real server process and talks to it over its public interfaces,
//! which are sockets, HTTP, pages and the command line.
//!
//! # Tools
//!
//! - [`server`] starts, stops, kills and restarts the server, and reads what it has stored.
//! - [`client`] is one WebSocket connection that speaks the protocol. [`browser`] requests pages
//!   with cookies and forms, as a browser without scripts does. [`api_client`] uses the HTTP API
//!   with a token, and runs `parlor` commands on the server's data.
//! - [`game_view`] follows and plays a game over a [`client`].
//! - [`reconnecting_client`] reconnects after every failure and records all that it receives;
//!   [`client_pool`] runs twenty of them and compares their records with the database.
//! - [`faulty_disk`] and [`faulty_proxy`] cause disk and network errors. [`python_env`] provides a
//!   Python with a package from PyPI, [`test_ca`] certificates.
//!
//! # Tests
//!
//! Each of the other modules tests one subject, which its first line states.

mod api_client;
mod browser;
mod client;
mod client_pool;
mod faulty_disk;
mod faulty_proxy;
mod game_view;
mod python_env;
mod reconnecting_client;
mod server;
mod test_ca;

mod acme;
mod announcements;
mod bot;
mod budgets;
mod client_crate;
mod connections;
mod crashes;
mod crowd;
mod data_directory;
mod deceptive_names;
mod deletions;
mod echo;
mod examples;
mod games;
mod headers;
mod hostile_address;
mod hostile_input;
mod hostile_server;
mod hosts;
mod http_api;
mod https;
mod incoming_webhooks;
mod limits;
mod messages;
mod network;
mod nicknames;
mod old_data;
mod operator_commands;
mod ordering;
mod origins;
mod outgoing_webhooks;
mod pages;
mod piped_commands;
mod preferences_and_manifest;
mod presence;
mod private_conversations;
mod proxies;
mod read_markers;
mod refusals;
mod rejected_deliveries;
mod restarts;
mod room_expiry;
mod room_list;
mod schema;
mod send;
mod sessions;
mod slow_reader;
mod startup;
mod storage;
mod storage_limits;
mod terminal;
mod tls;
mod tokens;
mod tournament;
mod typing;
mod unix_socket;
mod unread_output;
mod unreadable_database;
mod wall_clock;
