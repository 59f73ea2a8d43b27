//! Rewrites the generated Rust code, in steps over its syntax tree.

mod constructors;
mod conversion_errors;
mod docs;
mod outputs;
mod requests;
mod responses;
mod secrets;
mod types;

use anyhow::{Context, Result};
use proc_macro2::TokenStream;
use syn::{File, Item, ItemMod};

use crate::transform::TransformedSpec;

pub(crate) fn rewrite(tokens: TokenStream, transformed: &TransformedSpec) -> Result<File> {
    let mut file: File = syn::parse2(tokens).context("the generated code does not parse")?;
    constructors::replace(&mut file, transformed)?;
    requests::rewrite(&mut file, transformed)?;
    responses::drop_undocumented(&mut file, &transformed.without_errors)?;
    responses::without_body(&mut file);
    let items = module(&mut file.items, "types")?;
    // The conversions below name the error type that this step puts in place.
    conversion_errors::replace(items)?;
    types::open(items, &transformed.open_enums)?;
    outputs::convert(items, &transformed.split)?;
    responses::read_exactly(items, &transformed.facts)?;
    responses::only_from_objects(items);
    types::redact_free_form(items);
    secrets::redact(items, &transformed.document)?;
    types::put_in_path(items, &transformed.path_types);
    let strings = types::take_str(items);
    types::take_optional_text(items, &strings)?;
    types::derive_json_schema(items);
    types::mark_non_exhaustive(items);
    types::add_constructors(items);
    docs::mark_optional(&mut file)?;
    Ok(file)
}

/// The items of a module that the generator is known to write.
fn module<'a>(items: &'a mut [Item], name: &str) -> Result<&'a mut Vec<Item>> {
    let found = items.iter_mut().find_map(|item| match item {
        Item::Mod(ItemMod { ident, content: Some((_, items)), .. }) if ident == name => Some(items),
        _ => None,
    });
    found.with_context(|| format!("the generator no longer writes a module `{name}`"))
}

/// Tokens as a string without spaces, because spacing depends on how they were parsed.
fn without_whitespace(tokens: impl quote::ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}
