//! Checks on a real PostgreSQL that its schema is SQLite's, that every statement of the store runs
//! there as well, and that the frequent ones find their rows by an index.

use std::{collections::BTreeSet, fmt::Write};

use super::{cluster::Cluster, query_plans};
use crate::store::{
    Connection, in_memory,
    statements::{count_parameters, registry},
};

/// The types of the store's values: in PostgreSQL, a number in a statement is an `integer`, and
/// what EXISTS returns is a `boolean`.
const TYPES: [&str; 5] = ["bigint", "text", "bytea", "integer", "boolean"];

fn migrated() -> Cluster {
    let postgres = Cluster::start();
    postgres.run(include_str!("../../../migrations/postgres.sql"));
    postgres
}

/// Prepares the statement as `prepared`, and explains its plan, which does not depend on the values
/// of the parameters.
fn explain(sql: &str) -> String {
    let values = vec!["NULL"; count_parameters(sql)].join(", ");
    let values = match values.as_str() {
        "" => values,
        _ => format!("({values})"),
    };
    format!("PREPARE prepared AS {sql};\nEXPLAIN EXECUTE prepared{values};\n")
}

#[test]
fn every_statement_runs_on_postgresql() {
    let mut script = String::from("SET plan_cache_mode = force_generic_plan;\n");
    let parameters = "SELECT unnest(parameter_types)::TEXT FROM pg_prepared_statements";
    let mut count = 0;
    for sql in registry::all() {
        count += count_parameters(sql);
        // Only the plan tells whether there is an index for ON CONFLICT.
        let explain = explain(sql);
        write!(
            script,
            "\\o /dev/null\n{explain}\\o\n{sql} \\gdesc\n
             SELECT 'parameter', * FROM ({parameters}) it;\nDEALLOCATE prepared;\n",
        )
        .expect("fits into memory");
    }
    let printed = migrated().run(&script);
    println!("{}", printed.join("\n"));
    let described = printed.iter().filter_map(|line| line.split_once('|'));
    for (column, kind) in described.clone() {
        assert!(TYPES.contains(&kind), "{column} is {kind}");
    }
    let parameters = described.filter(|(column, _)| *column == "parameter");
    assert_eq!(parameters.count(), count);
}

#[test]
fn frequent_statements_scan_no_whole_table_of_postgresql() {
    let mut script =
        String::from("SET plan_cache_mode = force_generic_plan;\nSET enable_seqscan = off;\n");
    for sql in query_plans::frequent_statements() {
        writeln!(script, "{}DEALLOCATE prepared;", explain(&sql)).expect("fits into memory");
    }
    let plans = migrated().run(&script);
    println!("{}", plans.join("\n"));
    let scans: Vec<_> = plans
        .iter()
        .filter(|step| step.contains("Seq Scan"))
        .collect();
    assert!(scans.is_empty(), "{scans:#?}");
    assert!(plans.iter().any(|step| step.contains("Index Scan")));
}

/// A line for each column of SQLite's tables and for each of their keys and indexes.
fn sqlite_schema() -> BTreeSet<String> {
    let columns = "SELECT t.name || '.' || c.name || ' ' ||
         CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' ELSE 'text C' END ||
         CASE WHEN c.\"notnull\" OR c.pk > 0 THEN ' NOT NULL' ELSE '' END
         FROM sqlite_schema t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
    let primary_keys = "SELECT t.name || ' (' || group_concat(c.name, ', ') || ') UNIQUE'
         FROM sqlite_schema t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.pk > 0 GROUP BY t.name";
    let indexes = "SELECT t.name || ' (' || group_concat(c.name, ', ') || ')' ||
         CASE WHEN i.\"unique\" THEN ' UNIQUE' ELSE '' END
         FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
         WHERE t.type = 'table' GROUP BY t.name, i.name";
    let Connection::Sqlite(db) = in_memory();
    let lines = |sql| -> Vec<String> {
        let mut statement = db.prepare(sql).expect("prepares");
        let rows = statement.query_map([], |row| row.get(0)).expect("reads");
        rows.collect::<Result<_, _>>().expect("is text")
    };
    let lines = [columns, primary_keys, indexes].map(lines);
    lines.into_iter().flatten().collect()
}

/// The same of PostgreSQL. The collation `C` compares bytes, as SQLite does.
fn postgres_schema() -> BTreeSet<String> {
    let lines = migrated().run(
        "SELECT table_name || '.' || column_name || ' ' || data_type ||
         CASE data_type WHEN 'text' THEN ' ' || COALESCE(collation_name, 'default') ELSE '' END ||
         CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
         FROM information_schema.columns WHERE table_schema = 'public';
         SELECT i.indrelid::regclass || ' (' || string_agg(c.attname, ', ' ORDER BY c.attnum) ||
         ')' || CASE WHEN i.indisunique THEN ' UNIQUE' ELSE '' END
         FROM pg_index i JOIN pg_attribute c ON c.attrelid = i.indexrelid
         JOIN pg_class t ON t.oid = i.indrelid WHERE t.relnamespace = 'public'::regnamespace
         GROUP BY i.indexrelid, i.indrelid, i.indisunique;",
    );
    lines.into_iter().collect()
}

#[test]
fn both_databases_have_the_same_schema() {
    let (mut sqlite, postgres) = (sqlite_schema(), postgres_schema());
    // The order of SQLite's rows.
    assert!(sqlite.remove("events.place bigint NOT NULL"));
    assert!(sqlite.remove("events (place) UNIQUE"));
    assert!(sqlite.len() > 80, "{sqlite:#?}");
    let only_sqlite: Vec<_> = sqlite.difference(&postgres).collect();
    let only_postgres: Vec<_> = postgres.difference(&sqlite).collect();
    assert!(
        only_sqlite.is_empty() && only_postgres.is_empty(),
        "only SQLite has {only_sqlite:#?}, only PostgreSQL has {only_postgres:#?}"
    );
}
