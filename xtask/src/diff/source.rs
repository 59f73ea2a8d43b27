//! The descriptions that are compared: of a git revision, of the working tree, or a vendor's own document.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::faults::check_kind;
use crate::provider::Provider;
use crate::spec::parse;

pub(super) struct Pair {
    pub(super) title: String,
    pub(super) old: Value,
    pub(super) new: Value,
    pub(super) are_ours: bool,
}

/// One pair for each provider. `base` is a revision, `revision...` for the merge base with it, or a file; HEAD by default.
pub(super) fn pairs(root: &Path, base: Option<&str>, provider: Option<&str>) -> Result<Vec<Pair>> {
    // `diff smscx` means the provider.
    let all = Provider::all(root)?;
    let is_slug = |text: &&str| all.iter().any(|provider| provider.slug() == *text);
    let (base, provider) = match base.filter(is_slug) {
        Some(slug) if provider.is_none() => (None, Some(slug)),
        _ => (base, provider),
    };
    let provider = provider.map(|slug| Provider::named(root, slug)).transpose()?;
    let base = base.unwrap_or("HEAD");
    let file = Path::new(base);
    if file.is_file() {
        return Ok(vec![with_vendor(root, file, provider, &all)?]);
    }
    let revision = revision(root, base)?;
    let chosen = provider.map_or(all, |provider| vec![provider]);
    chosen.iter().map(|provider| with_revision(root, base, &revision, provider)).collect()
}

fn with_vendor(root: &Path, file: &Path, provider: Option<Provider>, all: &[Provider]) -> Result<Pair> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let named = all.iter().find(|provider| name.starts_with(&format!("{}.", provider.slug())));
    let provider = provider.as_ref().or(named).with_context(|| {
        format!("the name {name} begins with no provider; name one after the file, such as smscx")
    })?;
    Ok(Pair {
        title: format!("{}: {} → {}", provider.slug(), provider.spec(), file.display()),
        old: document(&provider.spec(), &read(&root.join(provider.spec()))?)?,
        new: document(name, &read(file)?)?,
        are_ours: false,
    })
}

fn with_revision(root: &Path, base: &str, revision: &str, provider: &Provider) -> Result<Pair> {
    let spec = provider.spec();
    let listed = git(root, &["ls-tree", "--name-only", revision, &spec])?;
    let old = if listed.trim().is_empty() {
        // The provider is new: all that it has was added.
        json!({ "openapi": "3.0.3", "paths": {} })
    } else {
        document(&format!("{spec} of {base}"), &git(root, &["show", &format!("{revision}:./{spec}")])?)?
    };
    let new = document(&spec, &read(&root.join(&spec))?)?;
    Ok(Pair {
        title: format!("{}: {spec}, {base} → working tree", provider.slug()),
        old,
        new,
        are_ours: true,
    })
}

/// The commit that a revision names.
fn revision(root: &Path, base: &str) -> Result<String> {
    let found = match base.strip_suffix("...") {
        Some(other) => git(root, &["merge-base", other, "HEAD"]),
        None => git(
            root,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{base}^{{commit}}")],
        ),
    };
    let found = found.with_context(|| format!("`{base}` is neither a file nor a git revision"))?;
    Ok(found.trim().to_owned())
}

fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let output =
        Command::new("git").args(arguments).current_dir(root).output().context("git cannot be run")?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("git {} failed{}{reason}", arguments[0], if reason.is_empty() { "" } else { ": " });
    }
    String::from_utf8(output.stdout).context("git wrote something that is not UTF-8")
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn document(name: &str, text: &str) -> Result<Value> {
    let document = parse(name, text)?;
    let kind = check_kind(&document);
    ensure!(kind.is_ok(), "{name}: {}", kind.err().unwrap_or_default());
    Ok(document)
}
