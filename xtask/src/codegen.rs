//! Generates `crates/<slug>-otp/src/generated.rs` from `specs/<slug>.yaml`, and checks that the two agree.

use std::cell::Cell;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;
use std::{fs, panic};

use anyhow::{Context, Result, anyhow, bail};
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use schemars08::schema::{InstanceType, SchemaObject};
use serde::Deserialize as _;
use serde_json::Value;
use sha2::{Digest, Sha256};
use similar::TextDiff;

use crate::faults::generator::{Culprit, locate};
use crate::provider::Provider;
use crate::rewrite::rewrite;
use crate::spec::Spec;
use crate::transform::{TransformedSpec, transform};

const PROGENITOR: &str = "0.15.1";

/// How many lines of a difference are shown.
const DIFF_LINES: usize = 20;

/// Writes the files that differ, and reports which. Nothing is written if a spec has a fault.
pub(crate) fn write(root: &Path, providers: &[Provider]) -> Result<String> {
    let texts = all(providers, |provider| generate(root, provider))?;
    let mut report = Vec::new();
    for (provider, text) in providers.iter().zip(texts) {
        let path = root.join(provider.generated());
        let state = if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            "unchanged"
        } else {
            path.parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::write(&path, text))
                .with_context(|| format!("{} cannot be written", provider.generated()))?;
            "written"
        };
        report.push(format!("{:<9} {}", state, provider.generated()));
    }
    Ok(report.join("\n"))
}

/// Fails with the name of every file that is not up to date.
pub(crate) fn check(root: &Path, providers: &[Provider]) -> Result<String> {
    let mut stale = orphans(root)?;
    stale.extend(all(providers, |provider| staleness(root, provider))?.into_iter().flatten());
    if stale.is_empty() {
        let names: Vec<_> = providers.iter().map(|provider| provider.generated()).collect();
        return Ok(format!("up to date: {}", names.join(", ")));
    }
    bail!("{}", stale.join("\n"))
}

/// One result for each provider, or the faults of all.
fn all<T>(providers: &[Provider], run: impl Fn(&Provider) -> Result<T>) -> Result<Vec<T>> {
    let (mut results, mut faults) = (Vec::new(), Vec::new());
    for provider in providers {
        match run(provider) {
            Ok(result) => results.push(result),
            Err(error) => faults.push(format!("{error:#}")),
        }
    }
    if faults.is_empty() { Ok(results) } else { bail!("{}", faults.join("\n")) }
}

/// Why one generated file is stale, and the command that fixes it.
fn staleness(root: &Path, provider: &Provider) -> Result<Option<String>> {
    let path = provider.generated();
    let fix = format!("run `cargo xtask codegen {}`", provider.slug());
    let wanted = generate(root, provider)?;
    let found = match fs::read_to_string(root.join(&path)) {
        Ok(found) if found == wanted => return Ok(None),
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some(format!("{path} is missing: {fix}")));
        }
        Err(error) => return Err(error).context(path),
    };
    let reason = if stamp(&found) == stamp(&wanted) {
        "was edited by hand or written by other steps of xtask".to_owned()
    } else {
        format!("is stale: {} or the generator changed since it was written", provider.spec())
    };
    Ok(Some(format!("{path} {reason}: {fix}\n{}", short_diff(&found, &wanted))))
}

/// Generated files that belong to no provider, left behind when a spec was renamed or removed.
fn orphans(root: &Path) -> Result<Vec<String>> {
    let known: Vec<_> = Provider::all(root)?.iter().map(|provider| root.join(provider.generated())).collect();
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join("crates")).context("crates cannot be listed")? {
        let path = entry?.path().join("src/generated.rs");
        if path.exists() && !known.contains(&path) {
            let path = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            found.push(format!("{path} is an orphan without a spec: delete it"));
        }
    }
    Ok(found)
}

/// The first lines of a generated file: the spec's hash and the generator's version.
fn stamp(text: &str) -> Vec<&str> {
    text.lines().take_while(|line| line.starts_with("//")).collect()
}

fn short_diff(found: &str, wanted: &str) -> String {
    let diff = TextDiff::from_lines(found, wanted);
    let text = diff.unified_diff().context_radius(1).header("as it is", "as it should be").to_string();
    let total = text.lines().count();
    let mut shown: String = text.lines().take(DIFF_LINES).fold(String::new(), |mut shown, line| {
        let _ = writeln!(shown, "    {line}");
        shown
    });
    if total > DIFF_LINES {
        let _ = writeln!(shown, "    … {} more lines", total - DIFF_LINES);
    }
    shown
}

/// The text of one generated file.
fn generate(root: &Path, provider: &Provider) -> Result<String> {
    let spec = Spec::read(root, provider.spec())?;
    let transformed = transform(&spec).with_context(|| spec.name.clone())?;
    let tokens = tokens(&transformed.document).map_err(|_| failures(&spec, &transformed))?;
    let file = rewrite(tokens, &transformed).with_context(|| spec.name.clone())?;
    let hash = Sha256::digest(&spec.text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let code = prettyplease::unparse(&file);
    // To free the tree of a large API takes a second, and the process ends soon.
    std::mem::forget(file);
    Ok(format!(
        "// @generated by `cargo xtask codegen {}`: change the spec, not this file.\n\
         // spec: {}, sha256 {hash}\n\
         // generator: progenitor {PROGENITOR}\n\n{}",
        provider.slug(),
        spec.name,
        code
    ))
}

/// What the generator fails on, one a line, by the places in the spec.
fn failures(spec: &Spec, transformed: &TransformedSpec) -> anyhow::Error {
    let mut generate = |document: &Value| tokens(document).err().map(|error| format!("{error:#}"));
    let culprits = locate(&transformed.document, &mut generate);
    let lines: Vec<_> = culprits
        .into_iter()
        .map(|culprit| match culprit {
            Culprit::Schema(name, reason) => {
                let place = transformed.places.get(&name).unwrap_or(&name);
                format!("{}: /components/schemas/{place}: {reason}", spec.name)
            }
            Culprit::Operation(label, reason) => format!("{}: {label}: {reason}", spec.name),
            Culprit::Document(reason) => format!("{}: {reason}", spec.name),
        })
        .collect();
    anyhow!("{}", lines.join("\n"))
}

/// The code that progenitor generates from a document. Where it panics, this returns an error.
fn tokens(document: &Value) -> Result<TokenStream> {
    let document = OpenAPI::deserialize(document).context("is not an OpenAPI 3.0 document")?;
    let outcome = without_panic_message(|| Generator::new(&settings()).generate_tokens(&document));
    match outcome {
        Ok(Ok(tokens)) => Ok(tokens),
        Ok(Err(error)) => bail!("the generator rejects it: {error}"),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
            bail!("the generator cannot read it: {text}")
        }
    }
}

/// Catches a panic without printing its message. The hook is global, so it is installed once and checks a flag of the
/// thread: a panic of another thread still prints.
fn without_panic_message<T>(run: impl FnOnce() -> T) -> std::thread::Result<T> {
    thread_local! {
        static IS_SILENT: Cell<bool> = const { Cell::new(false) };
    }
    static INSTALLED: Once = Once::new();

    INSTALLED.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_SILENT.get() {
                print(info);
            }
        }));
    });
    IS_SILENT.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    IS_SILENT.set(false);
    outcome
}

fn settings() -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_hooks(progenitor::HooksMode::Expected)
        .with_inner_type(quote!(progenitor_client::Session));
    // Secrets are redacted in `Debug`; date-times keep any string that the provider sends.
    let conversions =
        [("password", "::progenitor_client::Secret"), ("date-time", "::progenitor_client::Timestamp")];
    for (format, rust_type) in conversions {
        settings.with_conversion(string_of_format(format), rust_type, [TypeImpl::FromStr].into_iter());
    }
    settings
}

fn string_of_format(format: &str) -> SchemaObject {
    SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some(format.to_owned()),
        ..SchemaObject::default()
    }
}
