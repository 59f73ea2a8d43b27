//! The tables of the providers in the READMEs, from the descriptions and the capabilities.

use otp_facade::{Capabilities, PurposeSupport};
use otp_sandbox::Provider;
use otp_tests::providers::build;
use otp_tests::spec::{operations, slugs, spec};
use serde_json::Value;

use crate::capability_rows;

/// The words of a description that follow from nothing else, and whether each has to be there.
const WORDS: [(&str, bool); 6] = [
    ("create", false),
    ("verify", false),
    ("cancel", false),
    ("status", false),
    ("credential", true),
    ("wrong-code", true),
];

/// What the tables say of one provider.
struct Column {
    slug: String,
    provider: Provider,
    capabilities: Capabilities,
}

impl Column {
    fn new(slug: String) -> Self {
        let provider: Provider = slug.parse().unwrap();
        let capabilities = build(provider, "http://127.0.0.1:1", "credential").capabilities().clone();
        let column = Self { slug, provider, capabilities };
        let words = column.facts()["table"].as_object().cloned().unwrap_or_default();
        for (key, is_due) in WORDS {
            assert!(!is_due || words.contains_key(key), "specs/{provider}.yaml: x-otp: table: write `{key}`");
        }
        for (key, value) in &words {
            let is_known = WORDS.iter().any(|(known, _)| known == key) && value.is_string();
            assert!(is_known, "specs/{provider}.yaml: x-otp: table: `{key}` is not known, or no string");
        }
        column
    }

    fn facts(&self) -> &'static Value {
        &spec(&self.slug)["x-otp"]
    }

    fn name(&self) -> &'static str {
        let name = self.facts()["name"].as_str();
        name.unwrap_or_else(|| panic!("specs/{}.yaml: x-otp: write `name`", self.provider))
    }

    fn words(&self, key: &str) -> Option<&'static str> {
        self.facts()["table"][key].as_str()
    }

    /// Whether it has an operation, and the words of the description about it.
    fn operation(&self, key: &str, has_it: bool) -> String {
        match (has_it, self.words(key)) {
            (false, None) => "–".to_owned(),
            (false, Some(_)) => panic!("specs/{}.yaml: x-otp: table: there is no `{key}`", self.slug),
            (true, None) => "yes".to_owned(),
            (true, Some(words)) => format!("yes, {words}"),
        }
    }

    fn create(&self) -> String {
        let mut cell = self.operation("create", true);
        if self.capabilities.resends {
            cell += "; a resend while one is pending";
        }
        if self.capabilities.one_at_a_time {
            cell += "; refused while one is pending";
        }
        cell
    }

    /// A row of the capabilities, as `otp providers` prints it.
    fn capability(&self, name: &str) -> String {
        let rows = capability_rows::rows(&self.capabilities);
        rows.into_iter().find(|(row, _)| *row == name).unwrap().1
    }

    fn facade_row(&self) -> String {
        let is_bound = matches!(self.capabilities.purposes, PurposeSupport::Required(_));
        let [recipient, credential] =
            [self.capability("recipient"), self.words("credential").unwrap().to_owned()];
        let purpose = if is_bound { "; requires a [`Purpose`]" } else { "" };
        format!("| `{:?}` | `{}` | {credential} | {recipient}{purpose} |\n", self.provider, self.slug)
    }
}

fn columns() -> Vec<Column> {
    slugs().into_iter().map(Column::new).collect()
}

/// The table of the README of the workspace.
pub(crate) fn matrix() -> String {
    let columns = columns();
    let row = |first: &str, cell: &dyn Fn(&Column) -> String| {
        let cells: String = columns.iter().map(|column| format!(" {} |", cell(column))).collect();
        format!("| {first} |{cells}\n").replace("|  |", "| |")
    };
    let capability = |name: &'static str| row(name, &move |column| column.capability(name));
    [
        row("", &|column| column.name().to_owned()),
        format!("|---|{}\n", "---|".repeat(columns.len())),
        row("client crate", &|Column { slug, .. }| format!("[`{slug}-otp`](crates/{slug}-otp)")),
        row("create", &Column::create),
        row("verify", &|column| column.operation("verify", true)),
        row("cancel", &|column| column.operation("cancel", column.capabilities.cancel)),
        row("status", &|column| column.operation("status", column.capabilities.status)),
        capability("recipient"),
        capability("channels"),
        capability("options"),
        row("reports a wrong code as such", &|column| column.words("wrong-code").unwrap().to_owned()),
        row("operations of the client crate", &|column| operations(&column.slug).len().to_string()),
    ]
    .concat()
}

/// The table of the facade's README.
pub(crate) fn types() -> String {
    let rows: String = columns().iter().map(Column::facade_row).collect();
    format!(
        "| type | feature | credential | recipient |\n|---|---|---|---|\n{rows}| [`InMemory`] | – | – | any |\n"
    )
}
