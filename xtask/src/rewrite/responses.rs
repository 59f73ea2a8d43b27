//! How responses are read: structs from JSON objects only, acceptance fields without coercion, and undocumented statuses
//! as such.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use heck::ToSnakeCase;
use syn::visit_mut::{self, VisitMut};
use syn::{Arm, ExprMatch, Fields, File, ImplItemFn, Item, Pat, Type, parse_quote};

use super::types::{derives, is_named};
use super::without_whitespace;
use crate::provider::Facts;

/// Fields by which a code counts as accepted are not coerced.
pub(crate) fn read_exactly(types: &mut [Item], facts: &Facts) -> Result<()> {
    for (schema, properties) in &facts.exact {
        let mut wanted: BTreeSet<String> = properties.iter().map(|name| name.to_snake_case()).collect();
        for item in types.iter_mut() {
            let Item::Struct(item) = item else { continue };
            if item.ident != schema {
                continue;
            }
            for field in &mut item.fields {
                if field.ident.as_ref().is_some_and(|name| wanted.remove(&name.to_string())) {
                    field.attrs.push(parse_quote!(#[serde(deserialize_with = "::progenitor_client::exact")]));
                    if matches!(&field.ty, Type::Path(path) if is_named(&path.path, "Option")) {
                        field.attrs.push(parse_quote!(#[serde(default)]));
                    }
                }
            }
        }
        ensure!(wanted.is_empty(), "{schema} has no properties {wanted:?} to be read exactly");
    }
    Ok(())
}

/// A success without content has no body by its status if that is 204. With another one, a page would pass for it.
pub(crate) fn without_body(file: &mut File) {
    EmptySuccesses.visit_file_mut(file);
}

struct EmptySuccesses;

impl VisitMut for EmptySuccesses {
    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let status = without_whitespace(&arm.pat);
        let is_other = status.starts_with('2') && status != "204u16";
        let body = without_whitespace(&arm.body);
        if is_other && body.trim_matches(['{', '}']) == "Ok(ResponseValue::empty(response))" {
            *arm.body = parse_quote!(ResponseValue::without_body(response));
        }
        visit_mut::visit_arm_mut(self, arm);
    }
}

/// A derived `Deserialize` would read a list as a struct.
pub(crate) fn only_from_objects(types: &mut Vec<Item>) {
    let mut names = Vec::new();
    for item in types.iter_mut() {
        let Item::Struct(item) = item else { continue };
        if matches!(item.fields, Fields::Named(_)) && derives(&item.attrs, "Deserialize") {
            item.attrs.push(parse_quote!(#[serde(remote = "Self")]));
            names.push(item.ident.clone());
        }
    }
    types
        .extend(names.iter().map(|name| -> Item { parse_quote!(::progenitor_client::json_object!(#name);) }));
}

/// Operations without documented errors were given one only for the type of the body: the status stays undocumented.
pub(crate) fn drop_undocumented(file: &mut File, operations: &BTreeSet<String>) -> Result<()> {
    let mut arms = UndocumentedArms { operations, dropped: 0 };
    arms.visit_file_mut(file);
    ensure!(
        arms.dropped == operations.len(),
        "{} of {} undocumented errors are found",
        arms.dropped,
        operations.len()
    );
    Ok(())
}

struct UndocumentedArms<'a> {
    operations: &'a BTreeSet<String>,
    dropped: usize,
}

impl VisitMut for UndocumentedArms<'_> {
    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        if function.sig.ident != "send" {
            return;
        }
        let text = without_whitespace(&function.block);
        let id = text.split_once("operation_id:\"").and_then(|(_, rest)| rest.split_once('"'));
        if id.is_some_and(|(id, _)| self.operations.contains(id)) {
            visit_mut::visit_impl_item_fn_mut(self, function);
        }
    }

    fn visit_expr_match_mut(&mut self, node: &mut ExprMatch) {
        let before = node.arms.len();
        node.arms.retain(|arm: &Arm| {
            !matches!(&arm.pat, Pat::Range(_)) || !without_whitespace(&arm.pat).starts_with("400")
        });
        self.dropped += before - node.arms.len();
    }
}
