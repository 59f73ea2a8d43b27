//! The name of a provider as text, and back.

use std::fmt;
use std::str::FromStr;

use crate::Provider;

impl Provider {
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
        formatter.write_str("unknown provider: must be one of ")?;
        formatter.write_str(&Provider::ALL.map(Provider::slug).join(", "))
    }
}

impl std::error::Error for UnknownProvider {}
