//! Types: open and non-exhaustive enums, constructors, redacted free-form data, setters that take `&str`, and JSON Schema.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Expr, ExprMatch, Field, Fields, Ident, ImplItemFn, Item, ItemImpl, ItemStruct, Path,
    Token, Type, parse_quote,
};

use super::without_whitespace;

/// Gives every named enum a variant `Unlisted` with the string of a value that the spec does not list.
pub(crate) fn open(types: &mut [Item], names: &BTreeSet<String>) -> Result<()> {
    let mut opened = BTreeSet::new();
    for item in types {
        match item {
            Item::Enum(item) if names.contains(&item.ident.to_string()) => {
                drop_derive(&mut item.attrs, "Copy");
                item.variants.push(parse_quote! {
                    /// A value that the description of this API does not list, as the provider wrote it.
                    #[serde(untagged)]
                    Unlisted(::std::string::String)
                });
                opened.insert(item.ident.to_string());
            }
            Item::Impl(block) if self_name(block).is_some_and(|name| names.contains(&name)) => {
                Open.visit_item_impl_mut(block);
            }
            _ => {}
        }
    }
    ensure!(opened == *names, "enums {:?} are not in the generated code", names.difference(&opened));
    Ok(())
}

/// Structs and enums are `#[non_exhaustive]`: a property or a value that the vendor adds breaks no caller. A new value goes
/// to the end of an enum in the spec, because a caller may cast a variant to a number.
pub(crate) fn mark_non_exhaustive(types: &mut [Item]) {
    for item in types {
        match item {
            Item::Struct(item) if matches!(item.fields, Fields::Named(_)) => {
                item.attrs.push(parse_quote!(#[non_exhaustive]));
            }
            Item::Enum(item) => {
                item.attrs.push(parse_quote!(#[non_exhaustive]));
                // An added value would change the order of the others.
                drop_derive(&mut item.attrs, "PartialOrd");
                drop_derive(&mut item.attrs, "Ord");
            }
            _ => {}
        }
    }
}

/// Structs with required properties get a constructor that takes them, because outside their crate a `#[non_exhaustive]`
/// struct has no literal. It costs less than the builder; the other properties are public fields.
pub(crate) fn add_constructors(types: &mut Vec<Item>) {
    let constructors: Vec<_> = types.iter().filter_map(constructor).collect();
    types.extend(constructors);
}

fn constructor(item: &Item) -> Option<Item> {
    let Item::Struct(ItemStruct { ident, fields: Fields::Named(fields), .. }) = item else { return None };
    let is_optional =
        |field: &&Field| matches!(&field.ty, Type::Path(path) if is_named(&path.path, "Option"));
    let (optional, required): (Vec<_>, Vec<_>) = fields.named.iter().partition(is_optional);
    let optional = optional.iter().map(|field| &field.ident);
    let (names, kinds): (Vec<_>, Vec<_>) = required.iter().map(|field| (&field.ident, &field.ty)).unzip();
    (!names.is_empty()).then(|| {
        parse_quote! {
            impl #ident {
                /// Takes the required properties; the others are absent.
                pub fn new(#(#names: #kinds),*) -> Self {
                    Self { #(#names,)* #(#optional: None),* }
                }
            }
        }
    })
}

/// Adds the arms for `Unlisted` to `Display` and `FromStr`.
struct Open;

impl VisitMut for Open {
    fn visit_expr_match_mut(&mut self, node: &mut ExprMatch) {
        visit_mut::visit_expr_match_mut(self, node);
        if let Expr::Unary(dereference) = &*node.expr {
            node.expr = dereference.expr.clone();
            // It is the provider's text, and `Display` goes to logs.
            node.arms.push(parse_quote! {
                Self::Unlisted(text) => f.write_str(&::progenitor_client::one_line(text, 64)),
            });
        } else if let Some(last) = node.arms.last_mut() {
            let arm: Arm = parse_quote!(other => Ok(Self::Unlisted(other.to_owned())),);
            *last = arm;
        }
    }
}

/// Free-form data may hold secrets: `Debug` shows only the name of the type.
pub(crate) fn redact_free_form(types: &mut Vec<Item>) {
    let mut redacted = Vec::new();
    for item in types.iter_mut() {
        let Item::Struct(item) = item else { continue };
        if item.fields.iter().any(|field| without_whitespace(&field.ty).starts_with("::serde_json::")) {
            drop_derive(&mut item.attrs, "Debug");
            redacted.push(item.ident.clone());
        }
    }
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
}

/// A type that takes any `String` takes a borrowed string too, and so do the setters of optional ones. Returns these
/// types.
pub(crate) fn take_str(types: &mut Vec<Item>) -> Vec<Ident> {
    let names: Vec<_> = types.iter().filter_map(from_string).collect();
    for name in &names {
        let texts: [Type; 2] = [parse_quote!(&str), parse_quote!(&::std::string::String)];
        types.extend(texts.iter().map(|text| -> Item {
            parse_quote! {
                impl ::std::convert::From<#text> for #name {
                    fn from(value: #text) -> Self {
                        Self(value.to_owned())
                    }
                }
            }
        }));
        types.push(parse_quote! {
            ::progenitor_client::into_optional!(#name: &str, &String, String, #name);
        });
    }
    names
}

/// A string with a rule of its own has no `Display`, by which other values get into a path.
pub(crate) fn put_in_path(types: &mut Vec<Item>, names: &BTreeSet<String>) {
    let displayed: Vec<_> = types.iter().filter_map(|item| converted(item, "::std::fmt::Display")).collect();
    let is_text = |item: &ItemStruct| {
        let is_string = |field: &Field| without_whitespace(&field.ty) == "::std::string::String";
        matches!(item.fields, Fields::Unnamed(_)) && item.fields.iter().all(is_string)
    };
    let wanted = types.iter().filter_map(|item| match item {
        Item::Struct(item) if names.contains(&item.ident.to_string()) && is_text(item) => {
            Some(item.ident.clone())
        }
        _ => None,
    });
    let wanted: Vec<_> = wanted.filter(|name| !displayed.contains(name)).collect();
    types.extend(wanted.iter().map(|name| -> Item {
        parse_quote! {
            impl ::progenitor_client::PathValue for #name {
                fn text(&self) -> ::std::borrow::Cow<'_, str> {
                    self.0.as_str().into()
                }
            }
        }
    }));
}

fn from_string(item: &Item) -> Option<Ident> {
    converted(item, "::std::convert::From<::std::string::String>")
}

fn converted(item: &Item, wanted: &str) -> Option<Ident> {
    let Item::Impl(block) = item else { return None };
    let (path, _) = block.trait_.as_ref()?;
    let Type::Path(target) = &*block.self_ty else { return None };
    target.path.get_ident().filter(|_| without_whitespace(path) == wanted).cloned()
}

/// A setter of an optional string takes a `&str` too, which does not convert into an `Option<String>`.
pub(crate) fn take_optional_text(types: &mut [Item], names: &[Ident]) -> Result<()> {
    let mut texts: Vec<Type> =
        vec![parse_quote!(::std::string::String), parse_quote!(::progenitor_client::Secret)];
    texts.extend(names.iter().map(|name| -> Type { parse_quote!(super::#name) }));
    let texts = texts.into_iter().map(|text| (without_whitespace(&text), text)).collect();
    let mut setters = OptionalText { texts, found: 0 };
    types.iter_mut().for_each(|item| setters.visit_item_mut(item));
    let has_optional = types.iter().any(|item| {
        let Item::Struct(item) = item else { return false };
        let is_text =
            |field: &Field| without_whitespace(&field.ty) == "::std::option::Option<::std::string::String>";
        derives(&item.attrs, "Deserialize") && item.fields.iter().any(is_text)
    });
    ensure!(setters.found > 0 || !has_optional, "the generator no longer writes setters of optional strings");
    Ok(())
}

struct OptionalText {
    /// The types that take any string, by how they are written.
    texts: BTreeMap<String, Type>,
    found: usize,
}

impl VisitMut for OptionalText {
    /// `T: TryInto<Option<String>>` becomes `T: IntoOptional<String>`, which cannot fail.
    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        let Some(bounds) = &function.sig.generics.where_clause else { return };
        let bounds = without_whitespace(bounds);
        let Some((_, target)) = bounds.split_once("TryInto<::std::option::Option<") else { return };
        let Some((target, _)) = target.split_once(">>") else { return };
        let Some(text) = self.texts.get(target) else { return };
        let name = &function.sig.ident;
        function.block = parse_quote!({
            self.#name = Ok(::progenitor_client::IntoOptional::into_optional(value));
            self
        });
        function.sig.generics.where_clause =
            Some(parse_quote!(where T: ::progenitor_client::IntoOptional<#text>));
        self.found += 1;
    }
}

/// Types that can be serialized have a JSON Schema with the feature `schemars`.
pub(crate) fn derive_json_schema(types: &mut [Item]) {
    for item in types {
        let (Item::Struct(syn::ItemStruct { attrs, .. }) | Item::Enum(syn::ItemEnum { attrs, .. })) = item
        else {
            continue;
        };
        if derives(attrs, "Serialize") {
            attrs.push(parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]));
        }
    }
}

fn derive_list(attribute: &Attribute) -> Option<Punctuated<Path, Token![,]>> {
    let is_derive = attribute.path().is_ident("derive");
    is_derive.then(|| attribute.parse_args_with(Punctuated::parse_terminated).ok()).flatten()
}

pub(super) fn derives(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().filter_map(derive_list).flatten().any(|path| is_named(&path, name))
}

pub(super) fn drop_derive(attributes: &mut [Attribute], name: &str) {
    for attribute in attributes {
        if let Some(list) = derive_list(attribute) {
            let kept: Punctuated<Path, Token![,]> =
                list.into_iter().filter(|path| !is_named(path, name)).collect();
            *attribute = parse_quote!(#[derive(#kept)]);
        }
    }
}

pub(super) fn is_named(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == name)
}

fn self_name(block: &ItemImpl) -> Option<String> {
    let Type::Path(path) = &*block.self_ty else { return None };
    path.path.get_ident().map(ToString::to_string)
}
