//! Compares which credentials the operations take.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Sides;
use super::change::{Changes, Level};
use crate::spec::{Operation, entries, resolve};

/// The ways to authenticate: of each the schemes that it needs together, with their scopes.
type Ways = BTreeSet<BTreeMap<String, BTreeSet<String>>>;

pub(super) fn compare(changes: &mut Changes, sides: Sides<'_>, pairs: &[(Operation<'_>, Operation<'_>)]) {
    // A change of all operations is reported once.
    let mut places = BTreeMap::<(Level, String), Vec<String>>::new();
    for (old, new) in pairs {
        for change in differences(&ways(sides.old, old), &ways(sides.new, new)) {
            places.entry(change).or_default().push(new.label());
        }
    }
    for ((level, what), labels) in places {
        if labels.len() == pairs.len() && pairs.len() > 1 {
            changes.add(level, "every operation", what);
        } else {
            labels.iter().for_each(|label| changes.add(level, label, what.clone()));
        }
    }
}

fn ways(document: &Value, operation: &Operation<'_>) -> Ways {
    let requirements = operation.node.get("security").unwrap_or(&document["security"]);
    let schemes = |requirement: &Value| {
        let scopes = |scopes: &Value| {
            scopes.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        entries(requirement).map(|(name, list)| (scheme(document, name), scopes(list))).collect()
    };
    let ways: Ways = requirements.as_array().into_iter().flatten().map(schemes).collect();
    // No requirement means that none is needed.
    if ways.is_empty() { Ways::from([BTreeMap::new()]) } else { ways }
}

/// A scheme by what is sent; its name in the document does not matter.
fn scheme(document: &Value, name: &str) -> String {
    let scheme = &document["components"]["securitySchemes"][name];
    let scheme = resolve(document, scheme).unwrap_or(scheme);
    let text = |key: &str| scheme[key].as_str().unwrap_or_default();
    match text("type") {
        "http" => format!("HTTP {}", text("scheme").to_lowercase()),
        "apiKey" => format!("API key in {} `{}`", text("in"), text("name")),
        "oauth2" => {
            let flows = entries(&scheme["flows"]).map(|(flow, node)| match node["tokenUrl"].as_str() {
                Some(url) => format!("{flow} at {url}"),
                None => flow.clone(),
            });
            format!("OAuth 2 ({})", flows.collect::<Vec<_>>().join(", "))
        }
        "" => format!("`{name}`"),
        kind => kind.to_owned(),
    }
}

fn differences(old: &Ways, new: &Ways) -> Vec<(Level, String)> {
    let mut found = Vec::new();
    let schemes = |way: &BTreeMap<String, BTreeSet<String>>| way.keys().cloned().collect::<Vec<_>>();
    for way in old.difference(new) {
        let scopes = |way: &BTreeMap<String, BTreeSet<String>>| -> BTreeSet<String> {
            way.values().flatten().cloned().collect()
        };
        let Some(other) = new.difference(old).find(|other| schemes(other) == schemes(way)) else {
            found.push((Level::Breaking, format!("security: {} is no longer accepted", name(way))));
            continue;
        };
        for scope in scopes(other).difference(&scopes(way)) {
            found.push((Level::Breaking, format!("security: scope `{scope}` became required")));
        }
        for scope in scopes(way).difference(&scopes(other)) {
            found.push((Level::Additive, format!("security: scope `{scope}` is no longer required")));
        }
    }
    for way in new.difference(old).filter(|way| !old.difference(new).any(|old| schemes(old) == schemes(way)))
    {
        found.push((Level::Additive, format!("security: {} is accepted", name(way))));
    }
    found
}

fn name(way: &BTreeMap<String, BTreeSet<String>>) -> String {
    let names: Vec<_> = way.keys().map(String::as_str).collect();
    if names.is_empty() { "no credential".to_owned() } else { names.join(" with ") }
}
