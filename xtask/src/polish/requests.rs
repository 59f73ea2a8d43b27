//! How requests are put together: no `api-version` header, no hooks that do nothing, a base URL that is parsed once, path
//! values that cannot reach another route, ids as text, and messages that name the rule a value broke.

use anyhow::{Result, ensure};
use heck::ToSnakeCase;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprClosure, ExprMacro, ExprMethodCall, File, ImplItemFn, Item, Lit, Local, LocalInit,
    Macro, Pat, Stmt, Token, Type, parse_quote,
};

use super::{module, plain};
use crate::adapt::Adapted;

pub(crate) fn tidy(file: &mut File, adapted: &Adapted) -> Result<()> {
    let mut tidy = Tidy {
        adapted,
        function: String::new(),
        header_maps: 0,
        hooks: 0,
        requests: 0,
        urls: 0,
        paths: 0,
        uuids: 0,
    };
    tidy.visit_file_mut(file);
    ensure!(
        tidy.header_maps > 0,
        "the generator no longer sends `api-version`: drop the step that removes it"
    );
    ensure!(
        tidy.hooks == 2 * tidy.requests,
        "{} hooks are called by {} requests, and not two by each",
        tidy.hooks,
        tidy.requests
    );
    ensure!(
        tidy.urls == tidy.requests,
        "{} of {} requests are put below the base URL",
        tidy.urls,
        tidy.requests
    );
    ensure!(
        tidy.paths == adapted.path_parameters,
        "{} of {} path parameters are checked",
        tidy.paths,
        adapted.path_parameters
    );
    let has_uuids = adapted.rules.values().any(|rule| rule.contains("UUID"));
    ensure!(has_uuids == (tidy.uuids > 0), "the generator no longer writes setters of UUIDs");
    if has_uuids {
        module(&mut file.items, "builder")?.extend(into_uuid());
    }
    Ok(())
}

struct Tidy<'a> {
    adapted: &'a Adapted,
    function: String,
    header_maps: usize,
    hooks: usize,
    requests: usize,
    urls: usize,
    paths: usize,
    uuids: usize,
}

impl VisitMut for Tidy<'_> {
    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        self.function = function.sig.ident.to_string();
        if self.function == "send" {
            self.requests += 1;
            self.hooks += drop_hooks(&mut function.block);
            self.header_maps += drop_api_version(&mut function.block);
        }
        self.take_uuid_text(function);
        visit_mut::visit_impl_item_fn_mut(self, function);
    }

    /// `header_map.append("X-Id", value.to_string().try_into()?)` becomes
    /// `header_map.append("X-Id", progenitor_client::encode_header("x_id", &value.to_string())?)`.
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if call.method != "append" || call.args.len() != 2 {
            return;
        }
        let (Expr::Lit(name), Expr::Try(value)) = (&call.args[0], &call.args[1]) else { return };
        let (Lit::Str(name), Expr::MethodCall(conversion)) = (&name.lit, &*value.expr) else { return };
        let (parameter, text) = (name.value().to_snake_case(), &conversion.receiver);
        call.args[1] = parse_quote!(progenitor_client::encode_header(#parameter, &#text)?);
    }

    /// `let url = format!("{}/otp/{}", client.baseurl, id)` becomes
    /// `let url = client.baseurl.at(format_args!("/otp/{}", id))`.
    fn visit_local_mut(&mut self, local: &mut Local) {
        visit_mut::visit_local_mut(self, local);
        let Pat::Ident(variable) = &local.pat else { return };
        let Some(LocalInit { expr, .. }) = local.init.as_mut().filter(|_| variable.ident == "url") else {
            return;
        };
        let Expr::Macro(ExprMacro { mac, .. }) = &**expr else { return };
        let Ok(arguments) = mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) else {
            return;
        };
        let mut arguments = arguments.into_iter();
        let (Some(Expr::Lit(template)), Some(base)) = (arguments.next(), arguments.next()) else { return };
        let Lit::Str(template) = &template.lit else { return };
        if let Some(path) = template.value().strip_prefix("{}") {
            **expr = parse_quote!(#base.at(format_args!(#path #(, #arguments)*)));
            self.urls += 1;
        }
    }

    /// `encode_path(&id.to_string())` becomes `encode_path("id", &id)?`, which copies no secret.
    fn visit_macro_mut(&mut self, node: &mut Macro) {
        if !node.path.is_ident("format") {
            return;
        }
        let Ok(mut arguments) = node.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) else {
            return;
        };
        let mut changed = false;
        for argument in &mut arguments {
            let Expr::Call(call) = argument else { continue };
            let Some(Expr::Reference(value)) = call.args.first() else { continue };
            let Expr::MethodCall(ExprMethodCall { receiver, .. }) = &*value.expr else { continue };
            let Expr::Path(variable) = &**receiver else { continue };
            let Some(name) = variable.path.get_ident().map(ToString::to_string) else { continue };
            *argument = parse_quote!(encode_path(#name, &#variable)?);
            self.paths += 1;
            changed = true;
        }
        if changed {
            node.tokens = quote::quote!(#arguments);
        }
    }

    /// `|_| "conversion to … failed".to_string()` says which rule the value broke instead.
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

impl Tidy<'_> {
    /// The rule of the parameter that the present function sets.
    fn message(&self) -> String {
        let rule = self.adapted.rules.get(&self.function).map_or("does not fit its type", String::as_str);
        format!("{} {rule}", self.function)
    }

    /// A setter of a UUID takes a `&String` too, for which `Uuid` has no conversion: it is what answers lend.
    fn take_uuid_text(&mut self, function: &mut ImplItemFn) {
        let bounds = function.sig.generics.where_clause.as_ref().map(plain).unwrap_or_default();
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

/// What the setters of UUIDs take.
fn into_uuid() -> Vec<Item> {
    let file: File = parse_quote! {
        /// A UUID, or a text that is one.
        pub trait IntoUuid {
            /// The UUID.
            ///
            /// # Errors
            ///
            /// If the text is none.
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

/// Removes what is to run before and after each call: nothing here, which would keep the request for one more step.
/// Returns how many there were.
fn drop_hooks(block: &mut Block) -> usize {
    let before = block.stmts.len();
    block.stmts.retain(|statement| {
        let text = plain(statement);
        !text.starts_with("client.pre(") && !text.starts_with("client.post(")
    });
    before - block.stmts.len()
}

/// Removes the header, and the header map where nothing else is in it. Returns how many there were.
fn drop_api_version(block: &mut Block) -> usize {
    let before = block.stmts.len();
    block.stmts.retain(|statement| {
        !(matches!(statement, Stmt::Expr(..)) && plain(statement).contains("\"api-version\""))
    });
    let dropped = before - block.stmts.len();
    let others = block.stmts.iter().any(|statement| plain(statement).contains("header_map.append"));
    if dropped > 0 && !others {
        let is_header_map = |statement: &Stmt| match statement {
            Stmt::Local(local) => {
                matches!(&local.pat, Pat::Ident(variable) if variable.ident == "header_map")
            }
            _ => false,
        };
        block.stmts.retain(|statement| !is_header_map(statement));
        DropHeaders.visit_block_mut(block);
    }
    dropped
}

/// `request.headers(header_map).build()` becomes `request.build()`.
struct DropHeaders;

impl VisitMut for DropHeaders {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if let Expr::MethodCall(inner) = &*call.receiver
            && inner.method == "headers"
        {
            call.receiver = inner.receiver.clone();
        }
    }
}
