//! Shows that modules are found that import upwards, and crates in modules that must not name them.

use super::{broken, nothing};
use crate::modules::{command_line, foreign, imports};

#[test]
fn a_module_that_imports_upwards_is_found() {
    let grouped = "use crate::{\n    config::Config,\n    hub::{Hub, store},\n};\n";
    assert_eq!(
        broken(imports, "server/src/store/rooms.rs", grouped),
        ["2: `store` imports `config`", "3: `store` imports `hub`",]
    );
    let upwards = [
        ("server/src/hub.rs", "use crate::store::rooms;"),
        ("server/src/hub/room.rs", "fn f() { crate::writer::f() }"),
        (
            "server/src/hub/room.rs",
            "use super::super::writer::{A, B};",
        ),
        ("server/src/store/mod.rs", "use super::state::AppState;"),
        ("server/src/writer.rs", "pub(crate) use crate::ws::Session;"),
        ("server/src/policy.rs", "use crate::writer;"),
        ("server/src/commands/send.rs", "crate::web::page()"),
        ("server/src/config/file.rs", "use crate::commands;"),
        ("server/src/config.rs", "use crate::{log, control::args};"),
        ("server/src/config.rs", "use crate::state::AppState;"),
        ("server/src/webhooks/ssrf.rs", "use crate::state;"),
        ("server/src/control.rs", "use crate::ws;"),
        ("app/src/timeline.rs", "use crate::state::ChatState;"),
        ("app/src/connection/machine.rs", "use crate::state;"),
        (
            "app/src/state/games.rs",
            "use crate::chat_context::ChatContext;",
        ),
        (
            "app/src/chat_context/lifecycle.rs",
            "use crate::{components::game, dom};",
        ),
        ("app/src/chat_context.rs", "use crate::{dom, shortcuts};"),
        ("app/src/components/game.rs", "use crate::pages::chat;"),
    ];
    for (path, text) in upwards {
        assert_eq!(broken(imports, path, text).len(), 1, "{path}: {text}");
    }
}

#[test]
fn a_module_may_import_downwards() {
    let downwards = [
        (
            "server/src/web/pages.rs",
            "use crate::{commands, ws, hub, store, log};",
        ),
        ("server/src/ws/handshake.rs", "use crate::web::client_info;"),
        (
            "server/src/commands/send.rs",
            "use crate::{state, writer, policy, store};",
        ),
        (
            "server/src/writer/games.rs",
            "use crate::{hub, policy, store, send_queue};",
        ),
        (
            "server/src/hub/room.rs",
            "use super::presence; use crate::{send_queue, bus};",
        ),
        (
            "server/src/store/events.rs",
            "use super::hub; use crate::store::hub;",
        ),
        (
            "server/src/store.rs",
            "// like crate::hub\nconst A: &str = \"crate::hub\";",
        ),
        (
            "server/src/store.rs",
            "#[cfg(test)]\nmod tests { use crate::hub; }",
        ),
        ("server/src/store/tests.rs", "use crate::hub;"),
        ("server/src/storefront.rs", "use crate::log;"),
        ("server/src/lib.rs", "use crate::web; use state::AppState;"),
        ("server/tests/e2e/main.rs", "use crate::web;"),
        (
            "app/src/pages/chat.rs",
            "use crate::{components, shortcuts, state};",
        ),
        (
            "app/src/state/send.rs",
            "use crate::{timeline, connection};",
        ),
        ("client/src/store.rs", "use crate::hub;"),
    ];
    for (path, text) in downwards {
        assert_eq!(broken(imports, path, text), nothing(), "{path}: {text}");
    }
}

#[test]
fn a_module_that_is_in_no_layer_is_at_the_bottom() {
    assert_eq!(
        broken(imports, "server/src/files.rs", "use crate::{log, store};"),
        ["1: `files`, which is in no layer, imports `store`"]
    );
    assert_eq!(
        broken(imports, "server/src/bus/nats.rs", "use crate::hub;").len(),
        1
    );
    assert_eq!(
        broken(imports, "server/src/send_queue.rs", "use crate::log;"),
        nothing()
    );
}

#[test]
fn a_crate_in_a_module_that_must_not_name_it_is_found() {
    assert_eq!(
        broken(foreign, "server/src/hub/room.rs", "\nuse axum::body;"),
        ["2: `hub` mentions `axum`"]
    );
    for path in [
        "store/rooms.rs",
        "writer.rs",
        "webhooks/ssrf.rs",
        "policy.rs",
    ] {
        let path = ["server/src/", path].concat();
        assert_eq!(
            broken(foreign, &path, "tungstenite::x()").len(),
            1,
            "{path}"
        );
        assert_eq!(broken(foreign, &path, "// as axum does"), nothing());
    }
    for path in [
        "server/src/web/pages.rs",
        "server/src/storefront.rs",
        "app/src/hub.rs",
    ] {
        assert_eq!(broken(foreign, path, "use axum::Router;"), nothing());
    }
}

#[test]
fn the_command_line_within_the_server_is_found() {
    let named = [
        "use cli::chat;",
        "use cli as other;",
        "use ::cli::chat;",
        "use {std::fmt, cli::{chat}};",
        "fn f() { cli::run() }",
        "#[cfg(test)]\nmod tests { use cli::chat; }",
    ];
    for text in named {
        let found = broken(command_line, "server/src/serve.rs", text);
        assert_eq!(found.len(), 1, "{text}");
        for path in ["server/src/main.rs", "cli/src/lib.rs", "bench/src/main.rs"] {
            assert_eq!(broken(command_line, path, text), nothing());
        }
    }
    for text in [
        "use crate::cli::a;",
        "let cli = 1;",
        "// cli::run",
        "a::cli::b()",
        "clip::a()",
    ] {
        assert_eq!(
            broken(command_line, "server/src/serve.rs", text),
            nothing(),
            "{text}"
        );
    }
}
