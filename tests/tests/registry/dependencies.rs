//! Who may depend on whom. `deny.toml` has the rules that need no list of the clients.

use std::collections::BTreeSet;

use otp_tests::spec::slugs;

use crate::read;

/// The packages that depend on this one, in any way: with a feature, on another target, in tests.
fn dependents(package: &str) -> BTreeSet<String> {
    let lock = read("Cargo.lock");
    let dependent = |entry: &str| {
        let name = entry.lines().find_map(|line| line.strip_prefix("name = "))?;
        // A line is `"name",`, or `"name version",` where there are several versions.
        let mut dependencies = entry.lines().filter_map(|line| line.strip_prefix(" \""));
        let depends = dependencies.any(|line| line.split([' ', '"']).next() == Some(package));
        depends.then(|| name.trim_matches('"').to_owned())
    };
    lock.split("[[package]]").filter_map(dependent).collect()
}

#[test]
fn only_the_facade_and_tests_depend_on_a_client() {
    for slug in slugs() {
        let due = ["otp-facade", "otp-tests"].map(str::to_owned).into();
        assert_eq!(dependents(&format!("{slug}-otp")), due, "{slug}-otp");
    }
}

#[test]
fn only_the_facade_clients_and_tests_depend_on_the_transport() {
    assert_eq!(dependents("otp-transport"), with_clients(["otp-facade", "otp-tests"]));
}

/// Only the transport sends requests. Generated code builds them; the sandbox's tests are clients of its own.
#[test]
fn only_the_transport_clients_and_the_tests_of_the_sandbox_depend_on_reqwest() {
    assert_eq!(dependents("reqwest"), with_clients(["otp-sandbox", "otp-transport"]));
}

fn with_clients<const N: usize>(others: [&str; N]) -> BTreeSet<String> {
    let clients = slugs().into_iter().map(|slug| format!("{slug}-otp"));
    clients.chain(others.map(str::to_owned)).collect()
}
