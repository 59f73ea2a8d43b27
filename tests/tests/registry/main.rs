//! Every list of providers is complete: a provider is what has a description in `specs/`.

#![allow(clippy::unwrap_used, reason = "a value that is not there fails the test")]

use std::fs;

use otp_facade::Operation;
use otp_sandbox::Provider;
use otp_tests::providers::{build, operation};
use otp_tests::spec::{operations, slugs, spec, workspace};

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The name in tables.
fn name(slug: &str) -> &'static str {
    spec(slug)["x-otp"]["name"]
        .as_str()
        .unwrap_or_else(|| panic!("specs/{slug}.yaml: write `name` under `x-otp`"))
}

#[test]
fn every_provider_is_simulated() {
    let simulated: Vec<_> = Provider::ALL.map(Provider::slug).into();
    assert_eq!(
        simulated,
        slugs(),
        "`services!` in crates/otp-sandbox/src/services/mod.rs needs a line for each spec, in this order"
    );
}

#[test]
fn every_description_names_the_operations_of_the_facade_and_the_path_of_the_service() {
    for provider in Provider::ALL {
        let at = format!("specs/{provider}.yaml: x-otp: operations");
        let named = spec(provider.slug())["x-otp"]["operations"].as_object();
        for (operation, id) in named.unwrap_or_else(|| panic!("{at} is missing")) {
            let is_known = operations(provider.slug()).iter().any(|it| *id == it.id);
            assert!(is_known, "{at}: {operation}: {id} is no operationId");
        }
        let able = build(provider, "http://127.0.0.1:1", "credential").capabilities().clone();
        let due = [true, true, able.cancel, able.status];
        assert_eq!(
            Operation::ALL.map(|it| operation(provider, it).is_some()),
            due,
            "{at} and `CAPABILITIES` differ"
        );
        let server = spec(provider.slug())["servers"][0]["url"].as_str().unwrap();
        let path = server.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
        assert_eq!(
            provider.base_path(),
            path,
            "`BASE_PATH` of {provider} in crates/otp-sandbox/src/services"
        );
    }
}

#[test]
fn every_manifest_and_table_names_every_provider() {
    let mut missing = Vec::new();
    for slug in slugs() {
        let name = name(&slug);
        let lines = [
            ("Cargo.toml", format!("{slug}-otp = {{ path = \"crates/{slug}-otp\", version = ")),
            ("crates/otp-facade/Cargo.toml", format!("\n{slug} = [\"_client\", ")),
            ("crates/otp-facade/Cargo.toml", format!("\n{slug}-otp = {{ workspace = true, optional = true")),
            (
                "deny.toml",
                format!("{{ crate = \"{slug}-otp\", wrappers = [\"otp-facade\", \"otp-tests\"] }},"),
            ),
            ("README.md", format!("[`{slug}-otp`](crates/{slug}-otp)")),
            ("README.md", format!("| {name} |")),
            ("crates/otp-facade/README.md", format!("` | `{slug}` | ")),
            ("crates/otp-sandbox/README.md", format!("| {name} |")),
            ("crates/otp-sandbox/README.md", format!("- **{name}** (`{slug}`). ")),
        ];
        missing.extend(
            lines
                .into_iter()
                .filter(|(file, line)| !read(file).contains(line))
                .map(|(file, line)| format!("{file}: {}", line.trim())),
        );
        // Lists within a line.
        let facade = read("crates/otp-facade/Cargo.toml");
        let default = facade.lines().find(|line| line.starts_with("default = ")).unwrap();
        if !default.contains(&format!("\"{slug}\"")) {
            missing.push(format!("crates/otp-facade/Cargo.toml: default: \"{slug}\""));
        }
        for crate_name in ["otp-transport", "reqwest"] {
            let deny = read("deny.toml");
            let start = format!("{{ crate = \"{crate_name}\", wrappers = ");
            let wrappers = deny.lines().find(|line| line.trim_start().starts_with(&start)).unwrap();
            if !wrappers.contains(&format!("\"{slug}-otp\"")) {
                missing.push(format!("deny.toml: {crate_name}: \"{slug}-otp\""));
            }
        }
    }
    assert!(missing.is_empty(), "write:\n{}", missing.join("\n"));
}

/// The cells of a row of the README's table of providers.
fn row(first: &str) -> Vec<String> {
    let readme = read("README.md");
    let line = readme.lines().find(|line| line.starts_with(&format!("| {first} |")));
    let line = line.unwrap_or_else(|| panic!("README.md: no row {first}"));
    line.trim_matches('|').split('|').skip(1).map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn the_table_of_providers_is_right() {
    let slugs = slugs();
    let readme = read("README.md");
    let names: Vec<_> = slugs.iter().map(|slug| name(slug)).collect();
    let header = format!("| | {} |", names.join(" | "));
    assert!(readme.lines().any(|line| line == header), "README.md: the table needs the header\n{header}");
    for called in Operation::ALL {
        let shown: Vec<_> = row(called.as_str()).iter().map(|cell| cell != "–").collect();
        let due: Vec<_> =
            Provider::ALL.into_iter().map(|provider| operation(provider, called).is_some()).collect();
        assert_eq!(shown, due, "README.md: the row {called}");
    }
    let counts: Vec<_> = slugs.iter().map(|slug| operations(slug).len().to_string()).collect();
    assert_eq!(row("operations of the client crate"), counts, "README.md: the last row");
}

#[test]
fn every_provider_has_its_folder_of_tests() {
    for provider in Provider::ALL {
        let path = format!("tests/tests/{provider}/main.rs");
        let call = format!("\notp_tests::provider_suites!(Provider::{provider:?});\n");
        let has_it = fs::read_to_string(workspace().join(&path)).is_ok_and(|text| text.contains(&call));
        assert!(has_it, "{path}: declare the modules of `otp_tests::suites`, and write{call}");
    }
}

/// Each client crate belongs to a description.
#[test]
fn every_client_crate_has_a_description() {
    for entry in fs::read_dir(workspace().join("crates")).unwrap() {
        let path = entry.unwrap().path();
        if path.join("src/generated.rs").exists() {
            let name = path.file_name().unwrap().to_str().unwrap().trim_end_matches("-otp").to_owned();
            assert!(slugs().contains(&name), "{} has no specs/{name}.yaml", path.display());
        }
    }
}
