//! Errors of conversions: the type is the transport's, which words the generator's messages, and an enum's lists its
//! values, which only the syntax tree knows.

use anyhow::{Result, ensure};
use syn::visit_mut::{self, VisitMut};
use syn::{ExprMatch, Item, Lit, LitStr, Pat, parse_quote};

use super::module;

const INVALID: &str = "invalid value";

pub(crate) fn replace(types: &mut [Item]) -> Result<()> {
    *module(types, "error")? = vec![parse_quote!(
        pub use ::progenitor_client::ConversionError;
    )];
    types.iter_mut().for_each(|item| ListValues.visit_item_mut(item));
    let mut left = Left(0);
    types.iter_mut().for_each(|item| left.visit_item_mut(item));
    ensure!(left.0 == 0, "an enum's error does not list its values");
    Ok(())
}

/// `_ => Err("invalid value".into())` becomes `_ => Err("must be one of de, en".into())`.
struct ListValues;

impl VisitMut for ListValues {
    fn visit_expr_match_mut(&mut self, node: &mut ExprMatch) {
        let values: Vec<_> = node.arms.iter().filter_map(|arm| string_literal(&arm.pat)).collect();
        let rule = match values.as_slice() {
            [only] => format!("must be {only}"),
            _ => format!("must be one of {}", values.join(", ")),
        };
        // Inner matches first: each has values of its own, and the message of the outer one must not reach into them.
        visit_mut::visit_expr_match_mut(self, node);
        if let Some(last) = node.arms.last_mut() {
            Message(rule).visit_expr_mut(&mut last.body);
        }
    }
}

/// Counts the messages that are still the generator's.
struct Left(usize);

impl VisitMut for Left {
    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        self.0 += usize::from(literal.value() == INVALID);
    }
}

struct Message(String);

impl VisitMut for Message {
    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        if literal.value() == INVALID {
            *literal = LitStr::new(&self.0, literal.span());
        }
    }
}

fn string_literal(pattern: &Pat) -> Option<String> {
    let Pat::Lit(literal) = pattern else { return None };
    let Lit::Str(text) = &literal.lit else { return None };
    Some(text.value())
}
