//! Documentation: optional arguments are marked, and examples are plain text because they name variables that do not
//! exist.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, File, ImplItem, ImplItemFn, Item, Lit, LitStr, Meta, Stmt};

use super::{module, without_whitespace};

pub(crate) fn mark_optional(file: &mut File) -> Result<()> {
    let optional = optional_arguments(module(&mut file.items, "builder")?);
    let mut docs = Docs { optional, unmarked: Vec::new() };
    docs.visit_file_mut(file);
    ensure!(docs.unmarked.is_empty(), "the optional arguments {:?} are not marked as such", docs.unmarked);
    Ok(())
}

struct Docs {
    /// Builders of operations, and their optional arguments.
    optional: BTreeMap<String, Vec<String>>,
    unmarked: Vec<String>,
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
        let builder = returned.strip_prefix("->builder::").and_then(|rest| rest.strip_suffix("<'_>"));
        let Some(arguments) = builder.and_then(|builder| self.optional.get(builder)) else { return };
        for doc in function.attrs.iter_mut().filter_map(doc_string) {
            // Without any description there is no list.
            let mut text = doc.value();
            if !text.contains("\nArguments:\n") {
                continue;
            }
            for argument in arguments {
                let ends = [":", "\n"].map(|end| format!("\n- `{argument}`{end}"));
                match ends.iter().find(|line| text.contains(*line)) {
                    Some(line) => {
                        let marked =
                            line.replace(&format!("`{argument}`"), &format!("`{argument}` (optional)"));
                        text = text.replacen(line, &marked, 1);
                    }
                    None => self.unmarked.push(argument.clone()),
                }
            }
            *doc = LitStr::new(&text, doc.span());
        }
    }
}

/// The arguments that start as `Ok(None)`, by the operation's builder.
fn optional_arguments(builders: &[Item]) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::<String, Vec<String>>::new();
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
            let arguments = fields.map(|field| without_whitespace(&field.member));
            found.entry(builder.clone()).or_default().extend(arguments);
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
