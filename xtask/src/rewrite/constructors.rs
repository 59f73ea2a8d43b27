//! Constructors and `Debug` of the client. The generator's constructors take any URL and any `reqwest::Client`, even one
//! that follows redirects; ours go through the transport. The generator's `Debug` prints the HTTP client with its headers.

use anyhow::{Context, Result, ensure};
use syn::{File, ImplItem, Item, UseTree, parse_quote};

use crate::transform::TransformedSpec;

/// An import of the generated code that these APIs do not use.
const STREAM: &str = "ByteStream";

/// An import that only forms use.
const FORMS: &str = "RequestBuilderExt";

pub(crate) fn replace(file: &mut File, transformed: &TransformedSpec) -> Result<()> {
    let before = file.items.len();
    file.items.retain(|item| !is_constructors(item) && !is_prelude(item));
    ensure!(
        before == file.items.len() + 2,
        "the generator no longer writes the constructors and the prelude"
    );
    let unused = if transformed.has_forms { vec![STREAM] } else { vec![STREAM, FORMS] };
    drop_imports(&mut file.items, &unused);

    let base_url = &transformed.base_url;
    let open = &transformed.without_credential;
    let ambiguous = transformed.facts.ambiguous_401();
    let verify = transformed.facts.verify_operations();
    let is_client = |item: &Item| matches!(item, Item::Struct(item) if item.ident == "Client");
    let at =
        file.items.iter().position(is_client).context("the generator no longer writes a struct `Client`")?;
    if let Item::Struct(client) = &mut file.items[at] {
        // The derived `Debug` is the one that prints the headers.
        client.attrs.retain(|attribute| !attribute.path().is_ident("derive"));
        client.attrs.insert(0, parse_quote!(#[derive(Clone)]));
        let base_url =
            client.fields.iter_mut().find(|field| field.ident.as_ref().is_some_and(|name| name == "baseurl"));
        base_url.context("the generated client no longer has a field `baseurl`")?.ty =
            parse_quote!(progenitor_client::BaseUrl);
    }
    let wiring: File = parse_quote! {
        impl Client {
            /// A client of the vendor's service with the default transport.
            ///
            /// Every client made this way has its own connection pool. To share one, and to set timeouts, a proxy or
            /// another base URL, use [`Client::builder`].
            ///
            /// # Errors
            ///
            /// If the credential cannot be sent, or if TLS cannot be set up.
            pub fn new(
                credential: impl Into<crate::Credential>,
            ) -> Result<Self, progenitor_client::ConfigError> {
                Self::builder().credential(credential).build()
            }

            /// Sets up a client.
            pub fn builder() -> progenitor_client::ClientBuilder<Self> {
                progenitor_client::ClientBuilder::new()
            }
        }

        impl ::std::fmt::Debug for Client {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct("Client").field("baseurl", &self.baseurl).finish_non_exhaustive()
            }
        }

        impl progenitor_client::ApiClient for Client {
            const BASE_URL: &'static str = #base_url;
            const USER_AGENT: &'static str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
            type Credential = crate::Credential;

            fn from_session(
                baseurl: progenitor_client::BaseUrl,
                client: reqwest::Client,
                session: progenitor_client::Session,
            ) -> Self {
                Self { baseurl, client, inner: session }
            }
        }

        impl ClientHooks<progenitor_client::Session> for Client {
            const WITHOUT_CREDENTIAL: &'static [&'static str] = &[#(#open),*];
            const AMBIGUOUS_401: &'static [&'static str] = &[#(#ambiguous),*];
            const VERIFY_OPERATIONS: &'static [&'static str] = &[#(#verify),*];
        }
    };
    file.items.splice(at + 1..at + 1, wiring.items);
    Ok(())
}

fn is_constructors(item: &Item) -> bool {
    let Item::Impl(block) = item else { return false };
    block
        .items
        .iter()
        .any(|item| matches!(item, ImplItem::Fn(function) if function.sig.ident == "new_with_client"))
}

fn is_prelude(item: &Item) -> bool {
    matches!(item, Item::Mod(module) if module.ident == "prelude")
}

fn drop_imports(items: &mut [Item], unused: &[&str]) {
    for item in items {
        match item {
            Item::Use(item) => drop_from_tree(&mut item.tree, unused),
            Item::Mod(module) => {
                if let Some((_, items)) = &mut module.content {
                    drop_imports(items, unused);
                }
            }
            _ => {}
        }
    }
}

fn drop_from_tree(tree: &mut UseTree, unused: &[&str]) {
    match tree {
        UseTree::Path(path) => drop_from_tree(&mut path.tree, unused),
        UseTree::Group(group) => {
            let kept = group.items.iter().filter(|tree| match tree {
                UseTree::Name(name) => unused.iter().all(|offered| name.ident != offered),
                _ => true,
            });
            group.items = kept.cloned().collect();
        }
        _ => {}
    }
}
