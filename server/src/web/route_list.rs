//! A router that knows its own paths, so that a test can ask for every one of them.

use std::sync::Arc;

use axum::{Router, routing::MethodRouter};

use crate::state::AppState;

/// A router and the paths of its routes.
#[derive(Default)]
pub struct RouteList {
    router: Router<Arc<AppState>>,
    paths: Vec<String>,
}

impl RouteList {
    /// Adds a route.
    pub fn route(mut self, path: &str, handler: MethodRouter<Arc<AppState>>) -> Self {
        self.router = self.router.route(path, handler);
        self.paths.push(path.to_owned());
        self
    }

    /// Adds all routes of another list below this path.
    pub fn nest(mut self, path: &str, inner: Self) -> Self {
        self.router = self.router.nest(path, inner.router);
        let below = inner.paths.iter().map(|it| format!("{path}{it}"));
        self.paths.extend(below);
        self
    }

    /// Changes the router itself, for example to add a fallback or a layer.
    pub fn map(
        mut self,
        change: impl FnOnce(Router<Arc<AppState>>) -> Router<Arc<AppState>>,
    ) -> Self {
        self.router = change(self.router);
        self
    }

    /// The paths, with parameters in braces.
    pub fn into_paths(self) -> Vec<String> {
        self.paths
    }

    /// The router.
    pub fn into_router(self) -> Router<Arc<AppState>> {
        self.router
    }
}
