//! Documentation where the generator writes none, and examples as text: they name variables that do not exist.

use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Expr, Fields, File, ImplItemFn, ItemEnum, ItemImpl, ItemMod, ItemStruct, Lit, LitStr, Meta,
    Visibility, parse_quote,
};

pub(crate) fn complete(file: &mut File) {
    Docs::default().visit_file_mut(file);
}

#[derive(Default)]
struct Docs {
    owner: String,
    in_trait: bool,
}

impl Docs {
    fn describe(&self, function: &str) -> String {
        match function {
            "builder" => "Starts to set the properties one by one.".into(),
            "new" => format!("Starts a `{}` call; the methods of the client do the same.", self.owner),
            "body" => "Sets the whole body.".into(),
            "body_map" => "Changes the body through its builder.".into(),
            other => format!("Sets `{}`.", other.trim_end_matches('_')),
        }
    }
}

impl VisitMut for Docs {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        let Meta::NameValue(meta) = &mut attribute.meta else { return };
        let Expr::Lit(literal) = &mut meta.value else { return };
        if let Lit::Str(text) = &mut literal.lit
            && meta.path.is_ident("doc")
        {
            let plain = text.value().replace("```ignore", "```text");
            *text = LitStr::new(&plain, text.span());
        }
    }

    fn visit_item_impl_mut(&mut self, block: &mut ItemImpl) {
        let owner = &block.self_ty;
        self.owner = quote::quote!(#owner).to_string().replace(" < 'a >", "");
        self.in_trait = block.trait_.is_some();
        visit_mut::visit_item_impl_mut(self, block);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
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
