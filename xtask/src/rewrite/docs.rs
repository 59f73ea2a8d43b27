//! Documentation: optional arguments are marked, and examples are plain text because they name variables that do not
//! exist.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, File, ImplItem, ImplItemFn, Item, Lit, LitStr, Meta, Stmt};

use super::{module, without_whitespace};

pub(crate) fn mark_optional(file: &mut File) -> Result<()> {
    let optional = optional_arguments(module(&mut file.items, "builder")?);
    let mut docs = Docs { optional, marked: 0 };
    docs.visit_file_mut(file);
    ensure!(
        docs.marked == docs.optional.len(),
        "{} of {} optional arguments are marked as such",
        docs.marked,
        docs.optional.len()
    );
    Ok(())
}

struct Docs {
    /// Builders of operations, and their optional arguments.
    optional: BTreeSet<(String, String)>,
    marked: usize,
}

impl VisitMut for Docs {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        if let Some(doc) = doc_string(attribute) {
            *doc = LitStr::new(&doc.value().replace("```ignore", "```text"), doc.span());
        }
    }

    /// Marks the optional ones in the list of arguments of a method that returns a builder.
    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        visit_mut::visit_impl_item_fn_mut(self, function);
        let returned = without_whitespace(&function.sig.output);
        for (builder, argument) in &self.optional {
            if returned != format!("->builder::{builder}<'_>") {
                continue;
            }
            let (from, to) = (format!("\n- `{argument}`:"), format!("\n- `{argument}` (optional):"));
            for doc in function.attrs.iter_mut().filter_map(doc_string) {
                let text = doc.value();
                if text.contains(&from) {
                    *doc = LitStr::new(&text.replacen(&from, &to, 1), doc.span());
                    self.marked += 1;
                }
            }
        }
    }
}

/// The arguments that start as `Ok(None)`, by the operation's builder.
fn optional_arguments(builders: &[Item]) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for item in builders {
        let Item::Impl(block) = item else { continue };
        let builder = without_whitespace(&block.self_ty).replace("<'a>", "");
        for item in &block.items {
            let ImplItem::Fn(function) = item else { continue };
            let Some(Stmt::Expr(Expr::Struct(value), None)) = function.block.stmts.last() else { continue };
            if !value.path.is_ident("Self") {
                continue;
            }
            let fields = value.fields.iter().filter(|field| without_whitespace(&field.expr) == "Ok(None)");
            found.extend(fields.map(|field| (builder.clone(), without_whitespace(&field.member))));
        }
    }
    found
}

fn doc_string(attribute: &mut Attribute) -> Option<&mut LitStr> {
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
