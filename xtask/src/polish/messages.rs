//! Messages of a request that cannot be sent: they name the value, by the path to it, and the rule that it broke, as the
//! transport's do. The generator's own speak of conversions and of what was not initialized.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Expr, ExprLit, ExprMatch, File, ImplItemFn, Item, Lit, LitStr, Macro, Pat, Token};

use super::{module, plain, types};

/// Words of the generator's messages, none of which may be left.
const NOT_SAID: [&str; 5] =
    ["not initialized", "no value supplied", "error converting", "conversion to `", "doesn't match pattern"];

pub(crate) fn tell_rules(file: &mut File) -> Result<()> {
    let types = module(&mut file.items, "types")?;
    let strict: Vec<_> = types.iter().filter_map(types::try_from_string).collect();
    let builders = module(types, "builder")?.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        _ => None,
    });
    let mut messages = Messages {
        targets: Targets { builders: builders.collect(), strict: strict.iter().cloned().collect() },
        separator: ": ",
        missing: 0,
        conversions: 0,
        rules: 0,
    };
    messages.visit_file_mut(file);
    ensure!(messages.missing > 0, "the generator no longer says what is missing");
    ensure!(messages.conversions > 0, "the generator no longer says what cannot be converted");
    ensure!(
        messages.rules >= strict.len(),
        "{} rules are told, and {} types have one",
        messages.rules,
        strict.len()
    );
    let text = quote::quote!(#file).to_string();
    for words in NOT_SAID {
        ensure!(!text.contains(words), "a message still says `{words}`");
    }
    Ok(())
}

/// What a setter converts to: types with a builder, whose messages begin with a name, and texts with a rule.
struct Targets {
    builders: BTreeSet<String>,
    strict: BTreeSet<String>,
}

impl Targets {
    /// What stands between the setter's name and the message of the conversion.
    fn separator(&self, function: &ImplItemFn) -> &'static str {
        let bounds = function.sig.generics.where_clause.as_ref().map(plain).unwrap_or_default();
        let converts_to = |name: &String| {
            bounds.contains(&format!("TryInto<super::{name}>"))
                || bounds.contains(&format!("Option<super::{name}>>"))
        };
        if self.builders.iter().any(converts_to) {
            "."
        } else if self.strict.iter().any(converts_to) {
            " "
        } else {
            ": "
        }
    }
}

struct Messages {
    targets: Targets,
    separator: &'static str,
    missing: usize,
    conversions: usize,
    rules: usize,
}

impl VisitMut for Messages {
    /// Documentation is not a message.
    fn visit_attribute_mut(&mut self, _: &mut Attribute) {}

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        self.separator = self.targets.separator(function);
        visit_mut::visit_impl_item_fn_mut(self, function);
    }

    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        let text = literal.value();
        let name = text.strip_suffix(" was not initialized");
        let said = if let Some(name) = name.or_else(|| text.strip_prefix("no value supplied for ")) {
            self.missing += 1;
            format!("{} is missing", setter(name))
        } else if let Some(rule) = rule(&text) {
            self.rules += 1;
            rule
        } else {
            return;
        };
        *literal = LitStr::new(&said, literal.span());
    }

    /// `format!("error converting supplied value for spec: {e}")` becomes `format!("spec.{e}")`; the body's message needs
    /// nothing before it.
    fn visit_macro_mut(&mut self, node: &mut Macro) {
        let Ok(arguments) = node.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) else {
            return;
        };
        let Some(text) = arguments.first().and_then(text) else { return };
        let value = text.strip_prefix("error converting supplied value for ");
        if let Some(name) = value.and_then(|rest| rest.strip_suffix(": {e}")) {
            let said = format!("{}{}{{e}}", setter(name), self.separator);
            node.tokens = quote::quote!(#said);
            self.conversions += 1;
        } else if text.starts_with("conversion to `") && text.ends_with("` for body failed: {}") {
            let error = &arguments[1];
            node.tokens = quote::quote!("{}", #error);
            self.conversions += 1;
        }
    }

    /// `_ => Err("invalid value".into())` says which values there are.
    fn visit_expr_match_mut(&mut self, node: &mut ExprMatch) {
        let values: Vec<_> = node.arms.iter().filter_map(|arm| listed(&arm.pat)).collect();
        visit_mut::visit_expr_match_mut(self, node);
        let Some(last) = node.arms.last_mut() else { return };
        let rule = match values.as_slice() {
            [only] => format!("must be {only}"),
            _ => format!("must be one of {}", values.join(", ")),
        };
        let mut invalid = InvalidValue { rule, found: 0 };
        invalid.visit_expr_mut(&mut last.body);
        self.rules += invalid.found;
    }
}

struct InvalidValue {
    rule: String,
    found: usize,
}

impl VisitMut for InvalidValue {
    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        if literal.value() == "invalid value" {
            *literal = LitStr::new(&self.rule, literal.span());
            self.found += 1;
        }
    }
}

/// The name that a user knows: a setter called like a keyword has `_` at its end.
fn setter(name: &str) -> &str {
    name.trim_end_matches('_')
}

/// The generator's three rules of a text in the words that parameters have.
fn rule(text: &str) -> Option<String> {
    let length = |start: &str| text.strip_prefix(start)?.strip_suffix(" characters");
    let pattern = || text.strip_prefix("doesn't match pattern \"")?.strip_suffix('"');
    let most = length("longer than ").map(|most| format!("must have at most {most} characters"));
    let least = || length("shorter than ").map(|least| format!("must have at least {least} characters"));
    most.or_else(least).or_else(|| pattern().map(|pattern| format!("must match {pattern}")))
}

fn text(expression: &Expr) -> Option<String> {
    let Expr::Lit(literal) = expression else { return None };
    string(literal)
}

fn listed(pattern: &Pat) -> Option<String> {
    let Pat::Lit(literal) = pattern else { return None };
    string(literal)
}

fn string(literal: &ExprLit) -> Option<String> {
    let Lit::Str(text) = &literal.lit else { return None };
    Some(text.value())
}
