//! Conversions from a received type to the type that is sent, for schemas that were split: read, change, replace. An error
//! names what the request requires and the response lacks by its path, as a builder does.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use syn::{Expr, Fields, GenericArgument, Ident, Item, ItemStruct, PathArguments, Type, parse_quote};

use crate::split::OUTPUT;

pub(crate) fn convert(types: &mut Vec<Item>, split: &BTreeSet<String>) -> Result<()> {
    let sent = types.iter().filter_map(|item| match item {
        Item::Struct(item) if split.contains(&item.ident.to_string()) => Some(item),
        _ => None,
    });
    let conversions: Vec<Item> = sent.map(|item| conversion(item, split)).collect();
    ensure!(
        conversions.len() == split.len(),
        "{} of {} types that are sent and received are in the generated code",
        conversions.len(),
        split.len()
    );
    types.extend(conversions);
    Ok(())
}

fn conversion(sent: &ItemStruct, split: &BTreeSet<String>) -> Item {
    let name = &sent.ident;
    let output = Ident::new(&format!("{name}{OUTPUT}"), name.span());
    let made: Expr = match &sent.fields {
        Fields::Named(fields) => {
            let fields = fields.named.iter().filter_map(|field| Some((field.ident.as_ref()?, &field.ty)));
            let (names, values): (Vec<_>, Vec<_>) =
                fields.map(|(name, kind)| (name, value(name, kind, split))).unzip();
            parse_quote!(Self { #(#names: #values),* })
        }
        _ => parse_quote!(Self(value.0.try_into()?)),
    };
    parse_quote! {
        impl ::std::convert::TryFrom<#output> for #name {
            type Error = self::error::ConversionError;
            fn try_from(
                value: #output,
            ) -> ::std::result::Result<Self, self::error::ConversionError> {
                Ok(#made)
            }
        }
    }
}

/// Every field of what was received is an `Option`; of what is sent, only where it may be left out.
fn value(name: &Ident, kind: &Type, split: &BTreeSet<String>) -> Expr {
    let wire_name = name.to_string();
    let wire_name = wire_name.trim_start_matches("r#").trim_end_matches('_');
    let (is_optional, kind) = match inner(kind, "Option") {
        Some(inner) => (true, inner),
        None => (false, kind),
    };
    let is_split = |kind: &Type| matches!(kind, Type::Path(path) if path.path.get_ident().is_some_and(|name| split.contains(&name.to_string())));
    let prefix = format!("{wire_name}.{{error}}");
    let converted: Option<Expr> = if is_split(kind) {
        Some(parse_quote!(::std::convert::TryInto::try_into(value)))
    } else if inner(kind, "Vec").is_some_and(is_split) {
        Some(parse_quote!(value.into_iter().map(::std::convert::TryInto::try_into).collect()))
    } else {
        None
    };
    let received: Expr = match converted {
        Some(converted) => parse_quote! {
            value.#name.map(|value| #converted).transpose().map_err(
                |error: self::error::ConversionError| self::error::ConversionError::from(format!(#prefix))
            )?
        },
        None => parse_quote!(value.#name),
    };
    if is_optional {
        return received;
    }
    let missing = format!("{wire_name} is missing");
    parse_quote!(#received.ok_or(#missing)?)
}

fn inner<'a>(kind: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}
