//! What the generated Rust code needs changed, as steps over its syntax tree.

mod constructors;
mod docs;
mod messages;
mod outputs;
mod requests;
mod responses;
mod secrets;
mod types;

use anyhow::{Context, Result};
use proc_macro2::TokenStream;
use syn::{File, Item, ItemMod};

use crate::adapt::Adapted;

pub(crate) fn polish(tokens: TokenStream, adapted: &Adapted) -> Result<File> {
    let mut file: File = syn::parse2(tokens).context("the generated code does not parse")?;
    constructors::replace(&mut file, adapted)?;
    requests::tidy(&mut file, adapted)?;
    messages::tell_rules(&mut file)?;
    responses::drop_undocumented(&mut file, &adapted.without_errors)?;
    let items = module(&mut file.items, "types")?;
    types::open(items, &adapted.open_enums)?;
    outputs::convert(items, &adapted.split)?;
    responses::read_exactly(items, adapted.provider)?;
    responses::only_from_objects(items);
    types::hide_free_form(items);
    secrets::hide(items, &adapted.document)?;
    let texts = types::take_str(items);
    types::take_optional_text(items, &texts)?;
    types::derive_json_schema(items);
    docs::complete(&mut file)?;
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

/// Without spaces, which depend on how it was parsed.
fn plain(tokens: impl quote::ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}
