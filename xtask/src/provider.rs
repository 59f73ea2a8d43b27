//! The providers and the paths of their files.

use std::path::PathBuf;

use clap::ValueEnum;

/// A provider, named by its slug on the command line and in every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    Agilicus,
    DeutscheBank,
    EquinixMetal,
    Smscx,
    Twilio,
    Vonage,
}

impl Provider {
    pub(crate) const ALL: [Self; 6] =
        [Self::Agilicus, Self::DeutscheBank, Self::EquinixMetal, Self::Smscx, Self::Twilio, Self::Vonage];

    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Agilicus => "agilicus",
            Self::DeutscheBank => "deutsche-bank",
            Self::EquinixMetal => "equinix-metal",
            Self::Smscx => "smscx",
            Self::Twilio => "twilio",
            Self::Vonage => "vonage",
        }
    }

    /// Path of the spec, relative to the workspace.
    pub(crate) fn spec(self) -> String {
        format!("specs/{}.yaml", self.slug())
    }

    /// Path of the generated file, relative to the workspace.
    pub(crate) fn generated(self) -> String {
        format!("crates/{}-otp/src/generated.rs", self.slug())
    }

    /// Properties without which a response is useless, by schema: a response that lacks one is an error. Every other
    /// property of a response may be absent or null, whatever the spec promises, because the message has been sent
    /// when the response is read.
    pub(crate) fn required_in_responses(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::Agilicus => &[("ChallengeAnswer", &["spec"]), ("ChallengeAnswerSpec", &["answer"])],
            Self::DeutscheBank => &[
                ("ChallengeMethodItem", &["method", "status"]),
                ("ChallengeRequest", &["id"]),
                ("ChallengeResult", &["otp"]),
            ],
            Self::EquinixMetal => &[],
            Self::Smscx => &[("CancelOtpResponse", &["info"]), ("Otp", &["otpId"])],
            Self::Twilio => &[],
            Self::Vonage => &[
                ("StartedRequest", &["request_id"]),
                ("CallbackSummary", &["request_id"]),
                ("CallbackEvent", &["request_id"]),
            ],
        }
    }

    /// Properties by which a code counts as accepted, by schema: they are read exactly, never coerced.
    pub(crate) fn exact(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::Agilicus => &[("ChallengeAnswerSpec", &["answer", "challenge_id"])],
            Self::DeutscheBank => &[("ChallengeResult", &["otp"])],
            Self::EquinixMetal => &[],
            Self::Smscx => &[("VerifyPinResponse", &["status"])],
            Self::Twilio => &[("VerificationCheck", &["sid", "status"])],
            Self::Vonage => &[("CheckedCode", &["request_id", "status"])],
        }
    }

    /// Operations whose 401 may mean a wrong code rather than a bad credential.
    pub(crate) fn ambiguous_401(self) -> &'static [&'static str] {
        match self {
            Self::EquinixMetal => &["find_ensure_otp"],
            Self::Agilicus | Self::DeutscheBank | Self::Smscx | Self::Twilio | Self::Vonage => &[],
        }
    }

    /// Operations whose response says whether a code was right.
    pub(crate) fn verify_operations(self) -> &'static [&'static str] {
        match self {
            Self::Agilicus => &["get_answer", "update_totp_enrollment", "update_webauthn_enrollment"],
            Self::DeutscheBank => &["verify_challenge_v2"],
            Self::EquinixMetal => &["find_ensure_otp"],
            Self::Smscx => &["verify_otp"],
            Self::Twilio => &["create_verification_check"],
            Self::Vonage => &["check_code"],
        }
    }
}

/// The workspace that this command belongs to.
pub(crate) fn workspace() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(PathBuf::from).unwrap_or(manifest)
}
