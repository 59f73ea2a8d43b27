//! What `cargo xtask codegen` promises.

mod faults;
mod forms;
mod size;

use std::fs;
use std::path::Path;

use crate::codegen::{check, write};
use crate::provider::{Provider, workspace};

fn all() -> Vec<Provider> {
    Provider::all(&workspace()).unwrap()
}

fn provider(slug: &str) -> Provider {
    Provider::named(&workspace(), slug).unwrap()
}

/// A copy of the specs and the generated files, to be broken.
fn copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for provider in all() {
        for path in [provider.spec(), provider.generated()] {
            fs::create_dir_all(copy.path().join(&path).parent().unwrap()).unwrap();
            fs::copy(workspace().join(&path), copy.path().join(&path)).unwrap();
        }
    }
    copy
}

fn edit(root: &Path, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(root.join(path)).unwrap();
    assert!(text.contains(from), "{path} no longer holds {from}");
    fs::write(root.join(path), text.replacen(from, to, 1)).unwrap();
}

#[test]
fn generated_files_are_what_codegen_writes() {
    check(&workspace(), &all()).unwrap();
}

#[test]
fn drift_is_named_with_file_reason_and_remedy() {
    type Break = fn(&Path);
    let cases: [(Break, &[&str]); 4] = [
        (
            |root| edit(root, "specs/smscx.yaml", "title: ", "title: New "),
            &[
                "crates/smscx-otp/src/generated.rs is stale",
                "specs/smscx.yaml",
                "cargo xtask codegen smscx",
                "+",
            ],
        ),
        (
            |root| {
                edit(root, "crates/agilicus-otp/src/generated.rs", "pub struct Client", "pub struct Customer")
            },
            &[
                "crates/agilicus-otp/src/generated.rs was edited by hand",
                "cargo xtask codegen agilicus",
                "-pub struct Customer",
            ],
        ),
        (
            |root| fs::remove_file(root.join("crates/equinix-metal-otp/src/generated.rs")).unwrap(),
            &["crates/equinix-metal-otp/src/generated.rs is missing", "cargo xtask codegen equinix-metal"],
        ),
        (
            |root| {
                fs::create_dir_all(root.join("crates/old-otp/src")).unwrap();
                fs::write(root.join("crates/old-otp/src/generated.rs"), "").unwrap();
            },
            &["crates/old-otp/src/generated.rs is an orphan", "delete it"],
        ),
    ];
    for (break_it, words) in cases {
        let root = copy();
        break_it(root.path());
        let before = fs::read_to_string(root.path().join("crates/agilicus-otp/src/generated.rs")).unwrap();
        let error = check(root.path(), &all()).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "{word:?} is not in:\n{error}");
        }
        let after = fs::read_to_string(root.path().join("crates/agilicus-otp/src/generated.rs")).unwrap();
        assert_eq!(before, after, "check changed a file");
    }
}

#[test]
fn writing_mends_drift_and_is_deterministic() {
    let root = copy();
    edit(root.path(), "crates/agilicus-otp/src/generated.rs", "pub struct Client", "pub struct Customer");
    let report = write(root.path(), &all()).unwrap();
    assert!(report.contains("written   crates/agilicus-otp/src/generated.rs"), "{report}");
    assert_eq!(report.matches("unchanged").count(), all().len() - 1, "{report}");
    check(root.path(), &all()).unwrap();
}

#[test]
fn a_broken_spec_is_an_error_that_names_spec_operation_and_fault() {
    let cases: [(&str, &str, &[&str]); 12] = [
        ("openapi: 3.0.3", "openapi: 3.1.0", &["specs/smscx.yaml", "3.1.0", "3.0.x"]),
        ("openapi: 3.0.3", "openapi: [", &["specs/smscx.yaml", "is not YAML"]),
        ("operationId: newOtp", "operationID: newOtp", &["POST /otp", "operationId is missing"]),
        ("operationId: newOtp", "operationId: verifyOtp", &["operationId `verifyOtp` is used twice"]),
        ("operationId: newOtp", "operationId: new", &["POST /otp (new)", "collides"]),
        (
            "#/components/schemas/NewOtpRequest'",
            "#/components/schemas/Nothing'",
            &["schemas/Nothing", "points to nothing"],
        ),
        (
            "verify-operations: [verifyOtp]",
            "verify-operations: [verify]",
            &["specs/smscx.yaml", "x-otp", "`verify`"],
        ),
        ("    Otp: [otpId]", "    Otp: [otpID]", &["specs/smscx.yaml", "x-otp", "Otp.otpID"]),
        ("verify-operations:", "verify-operation:", &["specs/smscx.yaml", "x-otp", "unknown field"]),
        ("in: path", "in: cookie", &["otpId", "cookie"]),
        ("  /otp/{otpId}:", "  /otp/{id}:", &["the path names", "id"]),
        (
            "type: number",
            "type: decimal",
            &["specs/smscx.yaml", "/components/schemas/Otp/properties/cost", "`decimal` is none of"],
        ),
    ];
    for (from, to, words) in cases {
        let root = copy();
        edit(root.path(), "specs/smscx.yaml", from, to);
        let error = format!("{:#}", write(root.path(), &[provider("smscx")]).unwrap_err());
        for word in words {
            assert!(error.contains(word), "{from} -> {to}: {word:?} is not in:\n{error}");
        }
    }
}

#[test]
fn documentation_marks_optional_arguments() {
    let path = workspace().join(provider("agilicus").generated());
    let text = fs::read_to_string(path).unwrap();
    for line in ["- `allowed`: The user's decision", "- `challenge_uid` (optional): Identifier of the user"] {
        assert!(text.contains(line), "{line:?} is not in the generated code");
    }
}

/// Such a `Vec` cannot tell an explicit empty list from none, and does not send it.
#[test]
fn no_generated_type_leaves_out_an_empty_collection() {
    for provider in all() {
        let text = fs::read_to_string(workspace().join(provider.generated())).unwrap();
        assert!(!text.contains("::is_empty\""), "{}", provider.generated());
    }
}

/// One type for both would have to be strict, and lose responses, or lenient, and send what its builder refuses.
#[test]
fn what_is_sent_and_received_and_requires_anything_has_two_types() {
    let text = fs::read_to_string(workspace().join(provider("agilicus").generated())).unwrap();
    for name in ["Challenge", "ChallengeActor", "HttpChallengeAction", "TotpEnrollment", "WebauthnEnrollment"]
    {
        assert!(text.contains(&format!("TryFrom<{name}Output> for {name} {{")), "{name}");
    }
    for name in ["MetadataWithId", "ChallengeStatus", "ChallengeType", "UserVerification"] {
        assert!(!text.contains(&format!("{name}Output")), "{name} requires nothing: one type is enough");
    }
}
