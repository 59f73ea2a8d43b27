//! Compares the properties of objects.

use std::collections::BTreeSet;

use serde_json::Value;

use super::change::{Changes, Direction, Level, shape};
use super::{Sides, schemas};
use crate::spec::entries;

pub(super) fn compare(
    changes: &mut Changes,
    sides: Sides<'_>,
    (old, new): (&Value, &Value),
    (place, part): (&str, &str),
    direction: Direction,
) {
    let path = |name: &str| match part {
        "" => format!("`{name}`"),
        part => format!("{part}: `{name}`"),
    };
    let add = |changes: &mut Changes, level: Level, name: &str, action: &str| {
        changes.add(level, place, format!("{} {action} ({})", path(name), direction.name()));
    };
    let (was_required, is_required) = (required(old), required(new));
    let renamed = renamed(sides, old, new);
    for (name, property) in entries(&old["properties"]) {
        let now = renamed.iter().find(|(from, _)| from == name).map_or(name.as_str(), |(_, to)| to);
        let Some(present) = new["properties"].get(now) else {
            add(changes, Level::Breaking, name, "removed");
            continue;
        };
        if now != name {
            add(changes, Level::Breaking, name, &format!("renamed to `{now}`"));
        }
        match (was_required.contains(name.as_str()), is_required.contains(now)) {
            (false, true) => add(changes, direction.narrower(), now, "became required"),
            (true, false) => add(changes, direction.wider(), now, "became optional"),
            _ => {}
        }
        schemas::compare(changes, sides, (property, present), (place, &path(now)), direction);
    }
    let is_new =
        |name: &str| old["properties"].get(name).is_none() && !renamed.iter().any(|(_, to)| to == name);
    for (name, _) in entries(&new["properties"]).filter(|(name, _)| is_new(name)) {
        match (is_required.contains(name.as_str()), direction) {
            (true, Direction::Request) => add(changes, Level::Breaking, name, "added (required)"),
            (true, Direction::Response) => add(changes, Level::Additive, name, "added (always present)"),
            (false, _) => add(changes, Level::Additive, name, "added (optional)"),
        }
    }
    compare_others(changes, sides, (old, new), (place, part), direction);
}

fn required(schema: &Value) -> BTreeSet<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Properties that went and came with the same shape, where no other has it.
fn renamed(sides: Sides<'_>, old: &Value, new: &Value) -> Vec<(String, String)> {
    let without = |schema: &'_ Value, other: &Value, document: &Value| -> Vec<(String, Value)> {
        let only =
            entries(&schema["properties"]).filter(|(name, _)| other["properties"].get(*name).is_none());
        only.map(|(name, property)| (name.clone(), shape(&schemas::flatten(document, property, 0)))).collect()
    };
    let (gone, added) = (without(old, new, sides.old), without(new, old, sides.new));
    let only = |list: &[(String, Value)], shape: &Value| -> Option<String> {
        let mut found = list.iter().filter(|(_, other)| other == shape);
        let first = found.next().map(|(name, _)| name.clone());
        first.filter(|_| found.next().is_none())
    };
    let pairs = gone.iter().filter_map(|(_, shape)| Some((only(&gone, shape)?, only(&added, shape)?)));
    pairs.collect()
}

/// Properties that the schema does not name.
fn compare_others(
    changes: &mut Changes,
    sides: Sides<'_>,
    (old, new): (&Value, &Value),
    (place, part): (&str, &str),
    direction: Direction,
) {
    let (old, new) = (&old["additionalProperties"], &new["additionalProperties"]);
    let named = |what: &str| if part.is_empty() { what.to_owned() } else { format!("{part}: {what}") };
    let what = |what: &str| format!("{} ({})", named(what), direction.name());
    match (old == false, new == false) {
        (false, true) => {
            changes.add(direction.narrower(), place, what("other properties are no longer allowed"))
        }
        (true, false) => changes.add(direction.wider(), place, what("other properties are allowed")),
        _ if old.is_object() && new.is_object() => {
            schemas::compare(changes, sides, (old, new), (place, &named("other properties")), direction);
        }
        _ if old.is_object() => {
            changes.add(direction.wider(), place, what("other properties may be anything"))
        }
        _ if new.is_object() => {
            changes.add(direction.narrower(), place, what("other properties have a schema"))
        }
        _ => {}
    }
}
