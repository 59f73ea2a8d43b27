//! What is written from something else is up to date. One command writes all of it.

use std::fs;

use otp_facade::config::StackConfig;
use otp_tests::spec::workspace;

use crate::{read, tables};

const COMMAND: &str = "UPDATE_TABLES=1 cargo test -p otp-tests --test registry";

/// Fails if the file is not this, or writes it if the variable says so.
fn check(path: &str, due: &str) {
    if std::env::var_os("UPDATE_TABLES").is_some() {
        fs::write(workspace().join(path), due).unwrap();
    }
    assert!(read(path) == due, "{path} is out of date: {COMMAND}");
}

/// The file with this table between the marks of the providers.
fn with_table(path: &str, table: &str) -> String {
    let begin = format!("<!-- providers: written by {COMMAND} -->\n");
    let text = read(path);
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{path}: no line {begin}"));
    let (_, after) = rest.split_once("<!-- /providers -->").unwrap_or_else(|| panic!("{path}: no end"));
    format!("{before}{begin}\n{table}\n<!-- /providers -->{after}")
}

#[test]
fn the_tables_of_the_providers_are_up_to_date() {
    for (path, table) in [("README.md", tables::matrix()), ("crates/otp-facade/README.md", tables::types())] {
        check(path, &with_table(path, &table));
    }
}

#[test]
fn the_schema_is_up_to_date() {
    check("crates/otp-facade/schema/stack.schema.json", &StackConfig::json_schema());
}
