//! Compares operations: which there are, and their parameters, bodies, statuses and security.

use serde_json::Value;

use super::change::{Changes, Direction, Fits, Level, plain, shape};
use super::{Sides, bodies, schemas, security};
use crate::identifiers::snake;
use crate::spec::{Operation, operations};

pub(super) fn compare(changes: &mut Changes, sides: Sides<'_>) {
    changes.documentation(sides, "document", "info", &sides.old["info"], &sides.new["info"]);
    compare_servers(changes, sides);
    let mut old: Vec<_> = operations(sides.old);
    let mut new: Vec<_> = operations(sides.new);
    let bases = (base_path(sides.old), base_path(sides.new));
    let route = |base: &str, it: &Operation<'_>| format!("{} {base}{}", it.method, without_names(it.path));
    let mut pairs = take_pairs(&mut old, &mut new, |it| route(&bases.0, it), |it| route(&bases.1, it));
    pairs.extend(take_pairs(&mut old, &mut new, |it| route("", it), |it| route("", it)));
    let id = |it: &Operation<'_>| snake(it.id().unwrap_or_default());
    let moved = take_pairs(&mut old, &mut new, id, id);
    for (old, new) in &moved {
        let (from, to) = (at(old), at(new));
        changes.add(Level::Breaking, &new.label(), format!("moved from {from} to {to}"));
    }
    for operation in old {
        changes.add(Level::Breaking, &operation.label(), "operation removed");
    }
    for operation in new {
        changes.add(Level::Additive, &operation.label(), "operation added");
    }
    pairs.extend(moved);
    security::compare(changes, sides, &pairs);
    for (old, new) in &pairs {
        compare_operation(changes, sides, old, new);
    }
}

fn at(operation: &Operation<'_>) -> String {
    format!("{} {}", operation.method.to_uppercase(), operation.path)
}

/// Takes the operations out of both lists that have the same key.
fn take_pairs<'a>(
    old: &mut Vec<Operation<'a>>,
    new: &mut Vec<Operation<'a>>,
    old_key: impl Fn(&Operation<'a>) -> String,
    new_key: impl Fn(&Operation<'a>) -> String,
) -> Vec<(Operation<'a>, Operation<'a>)> {
    let mut pairs = Vec::new();
    old.retain(|operation| {
        let key = old_key(operation);
        let found = new.iter().position(|other| !key.is_empty() && new_key(other) == key);
        pairs.extend(found.map(|index| (*operation, new.remove(index))));
        found.is_none()
    });
    pairs
}

/// A path whose parameters have no names.
fn without_names(path: &str) -> String {
    let mut parts = path.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "{}" + part.split_once('}').map_or("", |(_, rest)| rest))
}

/// The path of the first server, which a vendor may write there or in front of each path.
fn base_path(document: &Value) -> String {
    let url = document["servers"][0]["url"].as_str().unwrap_or_default();
    let path =
        url.split_once("://").map_or(url, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let path = path.trim_matches('/');
    if path.is_empty() { String::new() } else { format!("/{path}") }
}

fn compare_servers(changes: &mut Changes, sides: Sides<'_>) {
    let (old, new) = (&sides.old["servers"], &sides.new["servers"]);
    let (from, to) = (&old[0]["url"], &new[0]["url"]);
    // A provider that is new has no other URL to come from.
    if from != to && !from.is_null() && !to.is_null() {
        let level = if sides.are_ours { Level::Breaking } else { Level::Documentation };
        changes.add(level, "servers", format!("default URL changed from {} to {}", plain(from), plain(to)));
    } else if old != new && sides.are_ours {
        changes.add(Level::Documentation, "servers", "servers changed");
    }
}

fn compare_operation(changes: &mut Changes, sides: Sides<'_>, old: &Operation<'_>, new: &Operation<'_>) {
    let place = new.label();
    let (from, to) = (old.id().unwrap_or_default(), new.id().unwrap_or_default());
    if sides.are_ours && from != to {
        let level = if snake(from) == snake(to) { Level::Documentation } else { Level::Breaking };
        changes.add(level, &place, format!("operationId changed from `{from}` to `{to}`"));
    }
    let nodes = (Value::Object(old.node.clone()), Value::Object(new.node.clone()));
    changes.documentation(sides, &place, "", &nodes.0, &nodes.1);
    compare_parameters(changes, sides, old, new);
    bodies::compare_request(changes, sides, &place, old, new);
    bodies::compare_responses(changes, sides, &place, old, new);
    bodies::compare_callbacks(changes, sides, &place, old, new);
}

fn compare_parameters(changes: &mut Changes, sides: Sides<'_>, old: &Operation<'_>, new: &Operation<'_>) {
    let place = new.label();
    let mut gone = old.parameters(sides.old).unwrap_or_default();
    let mut added = new.parameters(sides.new).unwrap_or_default();
    let mut pairs = Vec::new();
    // The same parameter, the same in another place, and the same shape under another name.
    let is_header = |a: &Value, b: &Value| a["in"] == "header" && b["in"] == "header";
    let same = |a: &Value, b: &Value| {
        let (from, to) = (plain(&a["name"]), plain(&b["name"]));
        a["in"] == b["in"] && (from == to || is_header(a, b) && from.eq_ignore_ascii_case(&to))
    };
    let moved = |a: &Value, b: &Value| a["name"] == b["name"];
    let position = |path: &str, name: &Value| {
        path.find(&format!("{{{}}}", plain(name))).map(|at| path[..at].matches('{').count())
    };
    let renamed = |a: &Value, b: &Value| {
        a["in"] == b["in"]
            && match a["in"].as_str() {
                Some("path") => position(old.path, &a["name"]) == position(new.path, &b["name"]),
                _ => shape(&a["schema"]) == shape(&b["schema"]),
            }
    };
    let rules: [Fits<'_>; 3] = [&same, &moved, &renamed];
    for fits in rules {
        gone.retain(|parameter| {
            let found = added.iter().position(|other| fits(parameter, other));
            pairs.extend(found.map(|index| (*parameter, added.remove(index))));
            found.is_none()
        });
    }
    for (old, new) in pairs {
        compare_parameter(changes, sides, &place, old, new);
    }
    for parameter in gone {
        changes.add(Level::Breaking, &place, format!("{} removed", title(parameter)));
    }
    for parameter in added {
        let (level, kind) = match parameter["required"] == true {
            true => (Level::Breaking, "required"),
            false => (Level::Additive, "optional"),
        };
        changes.add(level, &place, format!("{} added ({kind})", title(parameter)));
    }
}

fn title(parameter: &Value) -> String {
    format!("{} parameter `{}`", plain(&parameter["in"]), plain(&parameter["name"]))
}

fn compare_parameter(changes: &mut Changes, sides: Sides<'_>, place: &str, old: &Value, new: &Value) {
    let name = title(new);
    if snake(&plain(&old["name"])) != snake(&plain(&new["name"]))
        || old["in"] != "header" && old["name"] != new["name"]
    {
        changes.add(Level::Breaking, place, format!("{} renamed to `{}`", title(old), plain(&new["name"])));
    }
    if old["in"] != new["in"] {
        changes.add(Level::Breaking, place, format!("{} moved from {}", name, plain(&old["in"])));
    }
    match (old["required"] == true, new["required"] == true) {
        (false, true) => changes.add(Level::Breaking, place, format!("{name} became required")),
        (true, false) => changes.add(Level::Additive, place, format!("{name} became optional")),
        _ => {}
    }
    changes.documentation(sides, place, &name, old, new);
    schemas::compare(changes, sides, (&old["schema"], &new["schema"]), (place, &name), Direction::Request);
}
