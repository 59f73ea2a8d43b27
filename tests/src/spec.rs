//! Reads the descriptions of the APIs in `specs/`.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// The description of a provider's API.
///
/// # Panics
///
/// If there is none, or it is no YAML.
pub fn spec(slug: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../specs/{slug}.yaml"));
    let text = fs::read_to_string(path).expect("a spec");
    serde_saphyr::from_str(&text).expect("YAML")
}

/// The statuses that an operation documents as errors.
///
/// # Panics
///
/// If there is no such operation.
pub fn documented_errors(slug: &str, operation_id: &str) -> Vec<u16> {
    let spec = spec(slug);
    let paths = spec["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let mut found = operations.filter(|(_, operation)| operation["operationId"] == operation_id);
    let (_, operation) = found.next().unwrap_or_else(|| panic!("{slug} has no {operation_id}"));
    let statuses = operation["responses"].as_object().into_iter().flatten();
    statuses.filter_map(|(status, _)| status.parse().ok()).filter(|status| *status >= 300).collect()
}
