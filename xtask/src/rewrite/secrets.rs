//! Secret strings with a rule of their own: account numbers.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value;
use syn::{Item, parse_quote};

use super::types::drop_derive;

/// Redacts the `Debug` of each named string of format `password` that has a type of its own. The others of that format
/// already have the transport's type for secrets.
pub(crate) fn redact(types: &mut Vec<Item>, document: &Value) -> Result<()> {
    let schemas = document["components"]["schemas"].as_object();
    let has_rule =
        |schema: &Value| ["pattern", "minLength", "maxLength"].iter().any(|rule| schema.get(rule).is_some());
    let is_secret = |schema: &Value| schema["format"] == "password" && has_rule(schema);
    let secret = schemas.into_iter().flatten().filter(|(_, schema)| is_secret(schema));
    let secret: BTreeSet<_> = secret.map(|(name, _)| name.clone()).collect();
    let mut redacted = Vec::new();
    for item in types.iter_mut() {
        let Item::Struct(item) = item else { continue };
        if secret.contains(&item.ident.to_string()) {
            drop_derive(&mut item.attrs, "Debug");
            redacted.push(item.ident.clone());
        }
    }
    ensure!(redacted.len() == secret.len(), "of the secret strings {secret:?} only {redacted:?} have a type");
    types.extend(redacted.iter().map(|name| -> Item {
        let text = format!("{name}(…)");
        parse_quote! {
            impl ::std::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str(#text)
                }
            }
        }
    }));
    Ok(())
}
