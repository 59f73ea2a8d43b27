//! The providers: everything about one in one room.

#[cfg(feature = "_client")]
mod builder;
#[cfg(feature = "_client")]
mod error_mapping;
#[cfg(any(feature = "agilicus", feature = "smscx"))]
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

#[cfg(feature = "agilicus")]
pub use agilicus::Agilicus;
#[cfg(all(feature = "_client", feature = "config"))]
pub(crate) use builder::ClientProvider;
#[cfg(feature = "_client")]
pub use builder::ProviderBuilder;
#[cfg(feature = "deutsche-bank")]
pub use deutsche_bank::DeutscheBank;
#[cfg(feature = "deutsche-bank")]
pub use deutsche_bank::{TanMethod, TanMethodState};
#[cfg(feature = "equinix-metal")]
pub use equinix_metal::EquinixMetal;
pub use memory::{InMemory, SentMessage};
#[cfg(feature = "smscx")]
pub use smscx::Details;
#[cfg(feature = "smscx")]
pub use smscx::Smscx;
#[cfg(feature = "twilio")]
pub use twilio::Twilio;
#[cfg(feature = "vonage")]
pub use vonage::Vonage;
