//! Every list of providers is complete: a provider is what has a description in `specs/`.

#![allow(clippy::unwrap_used, reason = "a value that is not there fails the test")]

#[path = "../../../crates/otp-cli/src/capability_rows.rs"]
mod capability_rows;
mod dependencies;
mod generated_files;
mod tables;

use std::fs;

use otp_facade::Operation;
use otp_sandbox::Provider;
use otp_tests::providers::{build, operation};
use otp_tests::spec::{operations, slugs, spec, workspace};

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_provider_is_simulated() {
    let mut simulated: Vec<_> = Provider::ALL.map(Provider::slug).into();
    simulated.sort_unstable();
    assert_eq!(
        simulated,
        slugs(),
        "`services!` in crates/otp-sandbox/src/services/mod.rs needs a line for each spec"
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
fn every_manifest_names_every_provider() {
    let mut missing = Vec::new();
    let facade = read("crates/otp-facade/Cargo.toml");
    let all = facade.lines().find(|line| line.starts_with("all-providers = ")).unwrap();
    for slug in slugs() {
        if !all.contains(&format!("\"{slug}\"")) {
            missing.push(format!("crates/otp-facade/Cargo.toml: all-providers: \"{slug}\""));
        }
        let lines = [
            ("crates/otp-facade/Cargo.toml", format!("\n{slug} = [\"_client\", ")),
            (
                "crates/otp-facade/Cargo.toml",
                format!("\n{slug}-otp = {{ path = \"../{slug}-otp\", version = \""),
            ),
            ("tests/Cargo.toml", format!("\n{slug}-otp = {{ path = \"../crates/{slug}-otp\", ")),
        ];
        missing.extend(
            lines
                .into_iter()
                .filter(|(file, line)| !read(file).contains(line))
                .map(|(file, line)| format!("{file}: {}", line.trim())),
        );
    }
    assert!(missing.is_empty(), "write:\n{}", missing.join("\n"));
}

/// The files in these folders are one for each provider.
#[test]
fn every_provider_has_an_example_and_a_page_about_its_service() {
    for (folder, ending) in
        [("crates/otp-facade/examples/providers", ".toml"), ("crates/otp-sandbox/docs/services", ".md")]
    {
        let entries = fs::read_dir(workspace().join(folder)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        let due: Vec<_> = slugs().iter().map(|slug| format!("{slug}{ending}")).collect();
        assert_eq!(names, due, "{folder}");
    }
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
