//! Which of the four services.

use std::fmt;
use std::str::FromStr;

/// One of the four services that the sandbox simulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Provider {
    /// Agilicus, challenges.
    Agilicus,
    /// Deutsche Bank, One-Time Passwords v2.
    DeutscheBank,
    /// Equinix Metal, OTPs.
    EquinixMetal,
    /// SMS Connexion, OTP.
    Smscx,
}

impl Provider {
    /// All four, in the order in which ports are given out when a first port is named.
    pub const ALL: [Self; 4] = [Self::Agilicus, Self::DeutscheBank, Self::EquinixMetal, Self::Smscx];

    /// The name that files, features and instances carry: `smscx`, `deutsche-bank`, …
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Agilicus => "agilicus",
            Self::DeutscheBank => "deutsche-bank",
            Self::EquinixMetal => "equinix-metal",
            Self::Smscx => "smscx",
        }
    }

    /// The path under which the real service offers its operations.
    #[must_use]
    pub const fn base_path(self) -> &'static str {
        match self {
            Self::Agilicus | Self::Smscx => "",
            Self::DeutscheBank => "/gw/dbapi/others/onetimepasswords/v2",
            Self::EquinixMetal => "/metal/v1",
        }
    }

    /// Where access tokens are issued, if that service issues any.
    #[must_use]
    pub const fn token_path(self) -> Option<&'static str> {
        match self {
            Self::DeutscheBank => Some("/gw/oidc/token"),
            Self::Smscx => Some("/oauth/token"),
            Self::Agilicus | Self::EquinixMetal => None,
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.slug())
    }
}

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.into_iter().find(|provider| provider.slug() == text).ok_or(UnknownProvider)
    }
}

/// The text is not the slug of one of the four services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProvider;

impl fmt::Display for UnknownProvider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .write_str("no such provider: agilicus, deutsche-bank, equinix-metal and smscx are simulated")
    }
}

impl std::error::Error for UnknownProvider {}
