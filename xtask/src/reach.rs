//! Which schemas are sent in requests, and which are received in responses.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::spec::{Operation, entries, operations};
use crate::steps::step;

/// Schemas that a request leads to: by its body, its parameters, or those of its path.
pub(crate) fn sent(document: &Value) -> BTreeSet<String> {
    reachable(document, |operation| {
        let of_path = operation.path_item.get("parameters");
        let own = operation.node.get("parameters");
        [of_path, own, operation.node.get("requestBody")].into_iter().flatten().collect()
    })
}

/// Schemas that a response leads to, and those that no request names: a callback's body is read, not sent.
pub(crate) fn received(document: &Value, sent: &BTreeSet<String>) -> BTreeSet<String> {
    let mut received = reachable(document, |operation| operation.node.get("responses").into_iter().collect());
    let all = entries(&document["components"]["schemas"]).map(|(name, _)| name);
    received.extend(all.filter(|name| !sent.contains(*name)).cloned());
    received
}

/// Component schemas that the chosen parts of all operations lead to.
fn reachable<'a>(document: &'a Value, parts: impl Fn(&Operation<'a>) -> Vec<&'a Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut visited = BTreeSet::new();
    let mut open: Vec<&Value> = operations(document).iter().flat_map(parts).collect();
    while let Some(node) = open.pop() {
        step();
        match node {
            Value::Object(object) => {
                open.extend(object.values());
                let Some(reference) = reference(object).filter(|it| visited.insert(*it)) else { continue };
                if let Some(name) = reference.strip_prefix("#/components/schemas/") {
                    found.insert(name.to_owned());
                }
                open.extend(reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer)));
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

fn reference(object: &Map<String, Value>) -> Option<&str> {
    object.get("$ref").and_then(Value::as_str)
}
