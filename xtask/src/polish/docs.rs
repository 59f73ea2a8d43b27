//! Documentation where the generator writes none, what is required and what is not, and examples as text: they name
//! variables that do not exist.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Expr, Fields, File, ImplItem, ImplItemFn, Item, ItemEnum, ItemImpl, ItemMod, ItemStruct, Lit,
    LitStr, Meta, Stmt, Visibility, parse_quote,
};

use super::{module, plain};

pub(crate) fn complete(file: &mut File) -> Result<()> {
    let optional = optional(module(&mut file.items, "builder")?);
    let mut docs = Docs { optional, ..Docs::default() };
    docs.visit_file_mut(file);
    ensure!(
        docs.marked == docs.optional.len(),
        "{} of {} optional arguments are marked as such",
        docs.marked,
        docs.optional.len()
    );
    ensure!(docs.has_required, "the generator no longer writes builders that lack a value");
    Ok(())
}

#[derive(Default)]
struct Docs {
    owner: String,
    in_trait: bool,
    /// Operations' builders and their optional arguments.
    optional: BTreeSet<(String, String)>,
    marked: usize,
    /// The builder that was seen last, and what it starts without.
    required: (String, BTreeSet<String>),
    has_required: bool,
}

impl Docs {
    fn describe(&self, function: &str) -> String {
        match function {
            "builder" => "Starts to set the properties one by one.".into(),
            "new" => format!("Starts a `{}` call; the methods of the client do the same.", self.owner),
            "body" => "Sets the whole body.".into(),
            "body_map" => "Changes the body through its builder.".into(),
            other => {
                let (owner, names) = &self.required;
                let required = *owner == self.owner && names.contains(other);
                let end = if required { " Required." } else { "" };
                format!("Sets `{}`.{end}", other.trim_end_matches('_'))
            }
        }
    }

    /// Marks the optional ones in the list of arguments of a method that returns a builder.
    fn mark_optional(&mut self, function: &mut ImplItemFn) {
        let returned = plain(&function.sig.output);
        for (builder, argument) in &self.optional {
            if returned != format!("->builder::{builder}<'_>") {
                continue;
            }
            let (from, to) = (format!("\n- `{argument}`:"), format!("\n- `{argument}` (optional):"));
            for attribute in &mut function.attrs {
                let Some(text) = doc_text(attribute) else { continue };
                let value = text.value();
                if value.contains(&from) {
                    *text = LitStr::new(&value.replacen(&from, &to, 1), text.span());
                    self.marked += 1;
                }
            }
        }
    }
}

impl VisitMut for Docs {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let Some(text) = doc_text(attribute) {
            let plain = text.value().replace("```ignore", "```text");
            *text = LitStr::new(&plain, text.span());
        }
    }

    fn visit_item_impl_mut(&mut self, block: &mut ItemImpl) {
        self.owner = owner(block);
        self.in_trait = block.trait_.is_some();
        visit_mut::visit_item_impl_mut(self, block);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        if function.sig.ident == "new" || function.sig.ident == "default" {
            self.required = (self.owner.clone(), starts_with(function, "Err(").collect());
            self.has_required |= !self.required.1.is_empty();
        }
        self.mark_optional(function);
        if !self.in_trait && is_public(&function.vis) {
            let name = function.sig.ident.to_string();
            document(&mut function.attrs, || self.describe(&name));
        }
        visit_mut::visit_impl_item_fn_mut(self, function);
    }

    fn visit_item_struct_mut(&mut self, item: &mut ItemStruct) {
        let name = item.ident.to_string();
        document(&mut item.attrs, || format!("Builder of [`{name}`](super::{name})."));
        visit_mut::visit_item_struct_mut(self, item);
    }

    fn visit_item_enum_mut(&mut self, item: &mut ItemEnum) {
        for variant in &mut item.variants {
            let text = match &variant.fields {
                Fields::Unit => wire_name(&variant.attrs).map(|name| format!("`{name}`")),
                _ => None,
            };
            let name = variant.ident.to_string();
            document(&mut variant.attrs, || text.unwrap_or_else(|| format!("The shape `{name}`.")));
        }
        document(&mut item.attrs, || "One of several shapes.".into());
        visit_mut::visit_item_enum_mut(self, item);
    }

    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        document(&mut module.attrs, || "One builder for each operation.".into());
        visit_mut::visit_item_mod_mut(self, module);
    }
}

/// The type of an `impl`.
fn owner(block: &ItemImpl) -> String {
    plain(&block.self_ty).replace("<'a>", "")
}

/// The arguments that an operation can do without, by its builder.
fn optional(builders: &[Item]) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for item in builders {
        let Item::Impl(block) = item else { continue };
        let owner = owner(block);
        for item in &block.items {
            let ImplItem::Fn(function) = item else { continue };
            found.extend(starts_with(function, "Ok(None)").map(|name| (owner.clone(), name)));
        }
    }
    found
}

/// The fields that a function which makes a `Self` begins with that value.
fn starts_with<'a>(function: &'a ImplItemFn, value: &'a str) -> impl Iterator<Item = String> + use<'a> {
    let made = match function.block.stmts.last() {
        Some(Stmt::Expr(Expr::Struct(made), None)) if made.path.is_ident("Self") => Some(made),
        _ => None,
    };
    let fields = made.into_iter().flat_map(|made| &made.fields);
    fields.filter(move |field| plain(&field.expr).starts_with(value)).map(|field| plain(&field.member))
}

fn doc_text(attribute: &mut Attribute) -> Option<&mut LitStr> {
    if !attribute.path().is_ident("doc") {
        return None;
    }
    let Meta::NameValue(meta) = &mut attribute.meta else { return None };
    let Expr::Lit(literal) = &mut meta.value else { return None };
    match &mut literal.lit {
        Lit::Str(text) => Some(text),
        _ => None,
    }
}

fn document(attributes: &mut Vec<Attribute>, text: impl FnOnce() -> String) {
    if attributes.iter().all(|attribute| !attribute.path().is_ident("doc")) {
        let text = format!(" {}", text());
        attributes.insert(0, parse_quote!(#[doc = #text]));
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The name of a variant on the wire, from `#[serde(rename = "…")]`.
fn wire_name(attributes: &[Attribute]) -> Option<String> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                found = Some(meta.value()?.parse::<LitStr>()?.value());
            }
            Ok(())
        });
    }
    found
}
