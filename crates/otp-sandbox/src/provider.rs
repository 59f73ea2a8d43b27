//! The four simulated providers.

use std::fmt;
use std::str::FromStr;

/// One of the four providers whose service the sandbox simulates.
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
    /// All four, in the order in which `--port-base` assigns ports.
    pub const ALL: [Self; 4] = [Self::Agilicus, Self::DeutscheBank, Self::EquinixMetal, Self::Smscx];

    /// The name in files and features: `smscx`, `deutsche-bank`, …
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Agilicus => "agilicus",
            Self::DeutscheBank => "deutsche-bank",
            Self::EquinixMetal => "equinix-metal",
            Self::Smscx => "smscx",
        }
    }

    /// The base path of the real API.
    #[must_use]
    pub const fn base_path(self) -> &'static str {
        match self {
            Self::Agilicus | Self::Smscx => "",
            Self::DeutscheBank => "/gw/dbapi/others/onetimepasswords/v2",
            Self::EquinixMetal => "/metal/v1",
        }
    }

    /// The path of the token endpoint, if the service has one.
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

    fn from_str(slug: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.into_iter().find(|provider| provider.slug() == slug).ok_or(UnknownProvider)
    }
}

/// The string is not the slug of a simulated provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProvider;

impl fmt::Display for UnknownProvider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("unknown provider: must be agilicus, deutsche-bank, equinix-metal or smscx")
    }
}

impl std::error::Error for UnknownProvider {}
