//! Tests of all statements together, on both databases.

mod cluster;
mod postgres;
mod query_plans;
