//! What `cargo xtask diff` promises: realistic changes of a vendor, each with its level and its words.

use serde_json::Value;

use super::change::{Change, Level};
use super::report::{Format, write};
use super::{compare, diff};

const OLD: &str = include_str!("tests/old.yaml");

fn parse(text: &str) -> Value {
    crate::spec::parse("test", text).unwrap()
}

/// The changes after edits of the description, each of a string that it must hold.
fn changes(edits: &[(&str, &str)]) -> Vec<Change> {
    let mut new = OLD.to_owned();
    for (from, to) in edits {
        assert!(new.contains(from), "the description does not hold {from:?}");
        new = new.replace(from, to);
    }
    compare(&parse(OLD), &parse(&new), true).found
}

/// A change as a line: `breaking for callers | place | what`.
fn lines(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|it| format!("{} | {} | {}", it.level.name(), it.place, it.what)).collect()
}

type Edits = &'static [(&'static str, &'static str)];

#[test]
fn a_vendors_change_is_reported_with_what_it_means_for_callers() {
    let cases: [(&str, Edits, &[&str]); 29] = [
        ("nothing", &[], &[]),
        (
            "optional field added in a response",
            &[(
                "        cost: {type: number}",
                "        cost: {type: number}\n        currency: {type: string}",
            )],
            &["additive | schema Otp | `currency` added (optional) (in responses)"],
        ),
        (
            "optional field added in a request",
            &[("        ttl: {", "        sender: {type: string}\n        ttl: {")],
            &["additive | schema NewOtp | `sender` added (optional) (in requests)"],
        ),
        (
            "required field added in a request",
            &[
                ("required: [phone]", "required: [phone, sender]"),
                ("        ttl: {", "        sender: {type: string}\n        ttl: {"),
            ],
            &["breaking for callers | schema NewOtp | `sender` added (required) (in requests)"],
        ),
        (
            "enum value added in a response",
            &[("[pending, verified]", "[pending, verified, expired]")],
            &["additive | schema State | enum value `expired` added (in responses)"],
        ),
        (
            "enum value removed in a request",
            &[("[sms, call]", "[sms]")],
            &["breaking for callers | schema NewOtp | `channel`: enum value `call` removed (in requests)"],
        ),
        (
            "query parameter renamed",
            &[("name: verbose", "name: details")],
            &[
                "breaking for callers | GET /otp/{id} (getOtp) | query parameter `verbose` renamed to `details`",
            ],
        ),
        (
            "path parameter renamed",
            &[("/otp/{id}:", "/otp/{otpId}:"), ("name: id", "name: otpId")],
            &["breaking for callers | GET /otp/{otpId} (getOtp) | path parameter `id` renamed to `otpId`"],
        ),
        (
            "parameter moved to a header",
            &[("name: verbose\n          in: query", "name: verbose\n          in: header")],
            &["breaking for callers | GET /otp/{id} (getOtp) | header parameter `verbose` moved from query"],
        ),
        (
            "path moved",
            &[("  /otp:", "  /v2/otps:")],
            &["breaking for callers | POST /v2/otps (newOtp) | moved from POST /otp to POST /v2/otps"],
        ),
        (
            "property renamed",
            &[("        ttl: {", "        lifetime: {")],
            &["breaking for callers | schema NewOtp | `ttl` renamed to `lifetime` (in requests)"],
        ),
        (
            "operation removed",
            &[("    post:\n      operationId: newOtp", "    x-post:\n      operationId: newOtp")],
            &["breaking for callers | POST /otp (newOtp) | operation removed"],
        ),
        (
            "status added",
            &[("        '400':", "        '409':\n          description: One runs already.\n        '400':")],
            &["additive | POST /otp (newOtp) | status 409 added"],
        ),
        (
            "status removed",
            &[("        '201':", "        '200':")],
            &[
                "breaking for callers | POST /otp (newOtp) | status 201 removed",
                "additive | POST /otp (newOtp) | status 200 added",
            ],
        ),
        (
            "field becomes required in a request",
            &[("required: [phone]", "required: [phone, ttl]")],
            &["breaking for callers | schema NewOtp | `ttl` became required (in requests)"],
        ),
        (
            "field becomes optional in a request",
            &[("required: [phone]", "required: []")],
            &["additive | schema NewOtp | `phone` became optional (in requests)"],
        ),
        (
            "field becomes optional in a response",
            &[("required: [id]", "required: []")],
            &["breaking for callers | schema Otp | `id` became optional (in responses)"],
        ),
        (
            "field becomes required in a response",
            &[("required: [id]", "required: [id, cost]")],
            &["additive | schema Otp | `cost` became required (in responses)"],
        ),
        (
            "type changed",
            &[("cost: {type: number}", "cost: {type: string}")],
            &[
                "breaking for callers | schema Otp | `cost`: type changed from number to string (in responses)",
            ],
        ),
        (
            "maximum lowered in a request",
            &[("maximum: 900", "maximum: 600")],
            &["breaking for callers | schema NewOtp | `ttl`: maximum lowered from 900 to 600 (in requests)"],
        ),
        (
            "maximum raised in a request",
            &[("maximum: 900", "maximum: 1200")],
            &["additive | schema NewOtp | `ttl`: maximum raised from 900 to 1200 (in requests)"],
        ),
        (
            "minimum lowered in a request, and a pattern added",
            &[("minimum: 30, ", ""), ("phone: {type: string}", "phone: {type: string, pattern: '^[0-9]+$'}")],
            &[
                "breaking for callers | schema NewOtp | `phone`: pattern ^[0-9]+$ added (in requests)",
                "additive | schema NewOtp | `ttl`: minimum 30 removed (in requests)",
            ],
        ),
        (
            "a longer id in a response",
            &[("id: {type: string, maxLength: 36}", "id: {type: string, maxLength: 64}")],
            &["breaking for callers | schema Otp | `id`: maxLength raised from 36 to 64 (in responses)"],
        ),
        (
            "security changed for all operations",
            &[("name: X-Key", "name: X-Api-Key")],
            &[
                "additive | every operation | security: API key in header `X-Api-Key` is accepted",
                "breaking for callers | every operation | security: API key in header `X-Key` is no longer accepted",
            ],
        ),
        (
            "security of one operation dropped",
            &[("operationId: getOtp", "operationId: getOtp\n      security: []")],
            &[
                "additive | GET /otp/{id} (getOtp) | security: no credential is accepted",
                "breaking for callers | GET /otp/{id} (getOtp) | security: API key in header `X-Key` is no longer accepted",
            ],
        ),
        (
            "media type changed",
            &[(
                "      requestBody:\n        required: true\n        content:\n          application/json:",
                "      requestBody:\n        required: true\n        content:\n          application/x-www-form-urlencoded:",
            )],
            &[
                "breaking for callers | POST /otp (newOtp) | request body: media type changed from application/json to application/x-www-form-urlencoded",
            ],
        ),
        (
            "words changed",
            &[("description: A new code.", "description: Sends a code."), ("title: Test", "title: Tests")],
            &[
                "documentation only | document | info: title changed",
                "documentation only | POST /otp (newOtp) | description changed",
            ],
        ),
        (
            "schema renamed",
            &[("schemas/Otp'", "schemas/Code'"), ("    Otp:", "    Code:")],
            &[
                "breaking for callers | schema Code | named `Otp` before: the same on the wire, but another Rust type",
            ],
        ),
        (
            "schema written inline, and others by allOf",
            &[
                (
                    "          allOf: [{$ref: '#/components/schemas/State'}]",
                    "          type: string\n          enum: [pending, verified]",
                ),
                (
                    "    Otp:\n      type: object",
                    "    Otp:\n      allOf: [{$ref: '#/components/schemas/OtpBase'}]\n    OtpBase:\n      type: object",
                ),
            ],
            &[],
        ),
    ];
    for (name, edits, expected) in cases {
        let found = lines(&changes(edits));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_vendors_document_shows_what_is_new_upstream_by_wire_and_not_by_name() {
    let vendor = OLD
        .replace("https://api.example.com/v1", "https://api.example.com")
        .replace("  /otp", "  /v1/otp")
        .replace("newOtp", "CreateCode")
        .replace("schemas/Otp'", "schemas/vendor.otp'")
        .replace("    Otp:", "    vendor.otp:");
    let new = "  /v1/balance:\n    get: {operationId: GetBalance, responses: {'200': {description: x}}}\ncomponents:";
    let vendor = vendor.replace("components:\n", &format!("{new}\n"));
    let found = compare(&parse(OLD), &parse(&vendor), false).found;
    let found: Vec<_> = lines(&found).into_iter().filter(|line| !line.starts_with("documentation")).collect();
    assert_eq!(found, ["additive | GET /v1/balance (GetBalance) | operation added"]);
}

#[test]
fn the_highest_level_decides_the_version() {
    let cases: [(Edits, Level, &str); 3] = [
        (&[("title: Test", "title: Tests")], Level::Documentation, "next version: patch"),
        (&[("maximum: 900", "maximum: 1200")], Level::Additive, "next version: minor (before 1.0: patch)"),
        (
            &[("maximum: 900", "maximum: 600"), ("title: Test", "title: Tests")],
            Level::Breaking,
            "next version: major (before 1.0: minor)",
        ),
    ];
    for (edits, level, version) in cases {
        let new = edits.iter().fold(OLD.to_owned(), |text, (from, to)| text.replace(from, to));
        let changes = compare(&parse(OLD), &parse(&new), true);
        assert_eq!(changes.level(), Some(level));
        let text = write("test", &changes, Format::Text);
        assert!(text.contains(version), "{text}");
    }
}

#[test]
fn markdown_groups_by_level_and_keeps_a_vendors_text_from_being_markup() {
    let edits = &[("maximum: 900", "maximum: 600"), ("[pending, verified]", "[pending, verified, '*<b>']")];
    let new = edits.iter().fold(OLD.to_owned(), |text, (from, to)| text.replace(from, to));
    let text = write("test: a_b", &compare(&parse(OLD), &parse(&new), true), Format::Markdown);
    let expected = "### test: a_b\n\n\
        **breaking for callers** (1)\n\n\
        - schema NewOtp\n  - `ttl`: maximum lowered from 900 to 600 (in requests)\n\n\
        **additive** (1)\n\n\
        - schema State\n  - enum value `*<b>` added (in responses)\n\n\
        Next version: **major (before 1.0: minor)**\n";
    assert_eq!(text, expected);
}

#[test]
fn a_base_is_a_revision_a_merge_base_or_a_file() {
    let root = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let mut command = std::process::Command::new("git");
        let done = command.args(identity).args(arguments).current_dir(root.path()).output().unwrap();
        assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let spec = root.path().join("specs/smscx.yaml");
    std::fs::create_dir_all(spec.parent().unwrap()).unwrap();
    let save = |text: &str| std::fs::write(&spec, text).unwrap();
    let run = |base: Option<&str>| {
        diff(root.path(), base, Some("smscx"), Format::Text).map_err(|error| format!("{error:#}"))
    };

    git(&["init", "-q", "-b", "main"]);
    git(&["commit", "-q", "--allow-empty", "-m", "empty"]);
    save(OLD);
    assert_eq!(run(None).unwrap().1, Some(Level::Additive), "a provider that is new");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "old"]);
    assert!(run(None).unwrap().0.contains("no change"));
    git(&["checkout", "-q", "-b", "topic"]);
    save(&OLD.replace("maximum: 900", "maximum: 600"));
    git(&["commit", "-q", "-a", "-m", "lower"]);
    assert_eq!(run(None).unwrap().1, None, "HEAD by default");
    assert_eq!(run(Some("main")).unwrap().1, Some(Level::Breaking));
    git(&["checkout", "-q", "main"]);
    save(&OLD.replace("maximum: 900", "maximum: 1200"));
    git(&["commit", "-q", "-a", "-m", "raise"]);
    git(&["checkout", "-q", "topic"]);
    assert!(run(Some("main")).unwrap().0.contains("from 1200 to 600"));
    assert!(run(Some("main...")).unwrap().0.contains("from 900 to 600"));

    let vendor = root.path().join("smscx.upstream.json");
    let json = serde_json::to_string(&parse(OLD)).unwrap();
    std::fs::write(&vendor, json).unwrap();
    let report = diff(root.path(), vendor.to_str(), None, Format::Text).unwrap().0;
    assert!(report.contains("from 600 to 900"), "{report}");
    for (base, words) in [("nothing", "neither a file nor a git revision"), ("-n", "neither a file nor")] {
        let error = run(Some(base)).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    save("swagger: '2.0'");
    assert!(run(None).unwrap_err().contains("is Swagger 2.0"));
}
