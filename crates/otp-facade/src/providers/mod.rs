//! The providers: everything about one in one room.

#[cfg(feature = "_client")]
mod builder;
#[cfg(feature = "_client")]
mod error_mapping;
#[cfg(feature = "_client")]
#[allow(dead_code, reason = "some providers need it")]
mod lifetime;

#[cfg(feature = "agilicus")]
mod agilicus;
#[cfg(feature = "deutsche-bank")]
mod deutsche_bank;
#[cfg(feature = "equinix-metal")]
mod equinix_metal;
mod memory;
#[cfg(feature = "smscx")]
mod smscx;
#[cfg(feature = "twilio")]
mod twilio;
pub(crate) mod vendor;
#[cfg(feature = "vonage")]
mod vonage;

/// Gives a macro the providers over a client: the feature, which is the slug, the module with the type, and the type of the
/// provider's table in a configuration, which the module has too.
macro_rules! client_providers {
    ($macro:ident) => {
        $macro! {
            /// Agilicus, with a bearer token.
            "agilicus": agilicus::Agilicus, AgilicusConfig;
            /// Deutsche Bank, with the access token of one customer.
            "deutsche-bank": deutsche_bank::DeutscheBank, DeutscheBankConfig;
            /// Equinix Metal, with the API key of a user or a project.
            "equinix-metal": equinix_metal::EquinixMetal, EquinixMetalConfig;
            /// SMSCX, with an API key, a bearer token, or an application's id and secret.
            "smscx": smscx::Smscx, SmscxConfig;
            /// Twilio Verify, with an API key or the account's auth token.
            "twilio": twilio::Twilio, TwilioConfig;
            /// Vonage Verify, with an application's private key or the account's API key.
            "vonage": vonage::Vonage, VonageConfig;
        }
    };
}

macro_rules! exports {
    ($($(#[$documentation:meta])* $slug:literal: $module:ident::$provider:ident, $config:ident;)+) => {
        $(
            #[cfg(feature = $slug)]
            pub use $module::$provider;
            #[cfg(all(feature = $slug, feature = "config"))]
            pub use $module::$config;
        )+
    };
}

client_providers!(exports);

#[cfg(all(feature = "_client", feature = "config"))]
pub(crate) use builder::ClientProvider;
#[cfg(feature = "_client")]
pub use builder::ProviderBuilder;
pub(crate) use client_providers;
#[cfg(feature = "deutsche-bank")]
pub use deutsche_bank::{TanMethod, TanMethodState};
pub use memory::{InMemory, SentMessage};
#[cfg(feature = "smscx")]
pub use smscx::Details;
