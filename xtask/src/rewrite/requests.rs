//! How requests are put together: a base URL that is parsed once, path values that cannot reach another route, UUIDs from
//! strings, and messages that name the rule a parameter breaks.

use anyhow::{Result, ensure};
use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprClosure, ExprMacro, ExprMethodCall, File, Ident, ImplItemFn, Item, ItemImpl, ItemMod,
    Lit, Pat, Token, Type, parse_quote,
};

use super::{module, without_whitespace};
use crate::identifiers::snake;
use crate::transform::TransformedSpec;

pub(crate) fn rewrite(file: &mut File, transformed: &TransformedSpec) -> Result<()> {
    let mut requests = Requests {
        transformed,
        owner: String::new(),
        function: String::new(),
        without_headers: false,
        sent: 0,
        urls: 0,
        path_values: 0,
        uuids: 0,
    };
    requests.visit_file_mut(file);
    let Requests { sent, urls, path_values, uuids, .. } = requests;
    ensure!(urls == sent, "{urls} of {sent} requests are joined to the base URL");
    ensure!(
        path_values == transformed.path_parameters,
        "{path_values} of {} path parameters are checked",
        transformed.path_parameters
    );
    let has_uuids = transformed.rules.values().any(|rule| rule.contains("UUID"));
    ensure!(has_uuids == (uuids > 0), "the generator no longer writes setters of UUIDs");
    if has_uuids {
        module(&mut file.items, "builder")?.extend(into_uuid());
    }
    Ok(())
}

struct Requests<'a> {
    transformed: &'a TransformedSpec,
    /// The builder that is visited; empty in the types of bodies.
    owner: String,
    /// The function that is visited.
    function: String,
    /// Whether it sends no header of the description.
    without_headers: bool,
    sent: usize,
    urls: usize,
    path_values: usize,
    uuids: usize,
}

impl VisitMut for Requests<'_> {
    /// A field of a body follows its schema; the rules here are those of parameters.
    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        if module.ident != "types" {
            visit_mut::visit_item_mod_mut(self, module);
        }
    }

    fn visit_item_impl_mut(&mut self, block: &mut ItemImpl) {
        if let Type::Path(path) = &*block.self_ty {
            self.owner =
                path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        }
        visit_mut::visit_item_impl_mut(self, block);
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        self.function = function.sig.ident.to_string();
        if self.function == "send" {
            self.sent += 1;
            self.without_headers = drop_api_version(&mut function.block);
        }
        self.take_uuid_strings(function);
        visit_mut::visit_impl_item_fn_mut(self, function);
    }

    /// `format!("{}/otp/{}", client.baseurl, encode_path(&id.to_string()))` becomes
    /// `client.baseurl.join(format_args!("/otp/{}", encode_path("id", &id)?))`: no copy of a code is left in memory, and
    /// the base URL is not parsed with each request.
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let Expr::Macro(ExprMacro { mac, .. }) = expression else { return };
        let Ok(arguments) = mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) else {
            return;
        };
        let mut arguments = arguments.into_iter();
        let (Some(Expr::Lit(template)), Some(base)) = (arguments.next(), arguments.next()) else { return };
        let Lit::Str(template) = template.lit else { return };
        let template = template.value();
        let Some(path) = template.strip_prefix("{}") else { return };
        if without_whitespace(&base) == "client.baseurl" {
            let values: Vec<_> = arguments.map(|value| self.path_value(value)).collect();
            *expression = parse_quote!(#base.join(format_args!(#path #(, #values)*)));
            self.urls += 1;
        }
    }

    /// `request.headers(header_map)` becomes `request` where no header is left.
    ///
    /// `header_map.append("X-Id", value.to_string().try_into()?)` becomes
    /// `header_map.append("X-Id", progenitor_client::encode_header("x_id", &value.to_string())?)`.
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if let Expr::MethodCall(inner) = &*call.receiver
            && inner.method == "headers"
            && self.without_headers
        {
            call.receiver = inner.receiver.clone();
        }
        if call.method != "append" || call.args.len() != 2 {
            return;
        }
        let (Expr::Lit(name), Expr::Try(value)) = (&call.args[0], &call.args[1]) else { return };
        let (Lit::Str(name), Expr::MethodCall(conversion)) = (&name.lit, &*value.expr) else { return };
        let (parameter, text) = (snake(&name.value()), &conversion.receiver);
        call.args[1] = parse_quote!(progenitor_client::encode_header(#parameter, &#text)?);
    }

    /// `|_| "conversion to … failed".to_string()` names the rule that the value breaks instead.
    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        visit_mut::visit_expr_closure_mut(self, closure);
        if !matches!(closure.inputs.first(), Some(Pat::Wild(_))) {
            return;
        }
        let message = self.message();
        let Expr::MethodCall(call) = &mut *closure.body else { return };
        let Expr::Lit(text) = &mut *call.receiver else { return };
        if let Lit::Str(text) = &mut text.lit {
            *text = syn::LitStr::new(&message, text.span());
        }
    }
}

impl Requests<'_> {
    fn path_value(&mut self, value: Expr) -> Expr {
        let text = without_whitespace(&value);
        let name = text.strip_prefix("encode_path(&").and_then(|rest| rest.strip_suffix(".to_string())"));
        let Some(name) = name else { return value };
        self.path_values += 1;
        let variable = Ident::new(name, Span::call_site());
        parse_quote!(encode_path(#name, &#variable)?)
    }

    /// The rule of the parameter that the present function sets.
    fn message(&self) -> String {
        let key = (self.owner.clone(), self.function.trim_end_matches('_').to_owned());
        let rule = self.transformed.rules.get(&key).map_or("does not fit its type", String::as_str);
        format!("{} {rule}", self.function)
    }

    /// A setter of a UUID takes a `&String` too, which is what responses hold and `Uuid` has no conversion from.
    fn take_uuid_strings(&mut self, function: &mut ImplItemFn) {
        let bounds = function.sig.generics.where_clause.as_ref().map(without_whitespace).unwrap_or_default();
        if !bounds.contains("TryInto<::uuid::Uuid>") {
            return;
        }
        let (name, message) = (&function.sig.ident, self.message());
        function.sig.generics.where_clause = Some(parse_quote!(where V: IntoUuid));
        function.block = parse_quote!({
            self.#name = value.into_uuid().map_err(|_| #message.to_string());
            self
        });
        self.uuids += 1;
    }
}

/// The trait of the arguments of setters of UUIDs.
fn into_uuid() -> Vec<Item> {
    let file: File = parse_quote! {
        /// A UUID, or a string that holds one.
        pub trait IntoUuid {
            /// The UUID.
            ///
            /// # Errors
            ///
            /// If the string is not a UUID.
            fn into_uuid(self) -> Result<::uuid::Uuid, ::uuid::Error>;
        }

        impl IntoUuid for ::uuid::Uuid {
            fn into_uuid(self) -> Result<::uuid::Uuid, ::uuid::Error> {
                Ok(self)
            }
        }
    };
    let mut items = file.items;
    let texts: [Type; 3] =
        [parse_quote!(&str), parse_quote!(&::std::string::String), parse_quote!(::std::string::String)];
    items.extend(texts.iter().map(|text| -> Item {
        parse_quote! {
            impl IntoUuid for #text {
                fn into_uuid(self) -> Result<::uuid::Uuid, ::uuid::Error> {
                    self.parse()
                }
            }
        }
    }));
    items
}

/// Removes the header `api-version`, which none of these APIs reads, and the header map if nothing else is in it. To
/// build, merge and search a map costs 2 % of a call. Returns whether the map is gone.
fn drop_api_version(block: &mut Block) -> bool {
    block.stmts.retain(|statement| !without_whitespace(statement).contains("\"api-version\""));
    let is_needed =
        block.stmts.iter().any(|statement| without_whitespace(statement).contains("header_map.append"));
    if !is_needed {
        block.stmts.retain(|statement| !without_whitespace(statement).starts_with("letmutheader_map="));
    }
    !is_needed
}
