//! What each simulated service has.

use std::fmt::Debug;

use super::{CodeState, Context};
use crate::clock::Time;
use crate::http::{Request, Response, Route, Target};
use crate::recording::Message;

/// A simulated service.
pub(crate) trait Service: Debug {
    /// The name in files and features.
    const SLUG: &'static str;
    /// The base path of the real API.
    const BASE_PATH: &'static str;
    /// The path of the token endpoint, if there is one.
    const TOKEN_PATH: Option<&'static str>;
    /// The ways to send a credential.
    const AUTHENTICATION: &'static [Authentication];
    const ROUTES: &'static [Route];
    /// The keys of the provider's table in a configuration that a client of this service needs, and those without which it
    /// would lack channels.
    const CONFIGURATION: &'static [(&'static str, Setting)];
    /// What is fixed before the start, such as ids of an account. `()` if that is nothing.
    type Settings: Clone + Debug + Default;

    fn new(seed: u64, settings: &Self::Settings) -> Self;

    /// Starts the random codes, ids and tokens again.
    fn reseed(&mut self, seed: u64);

    /// What became of the code in a message of this service. `None` if no challenge belongs to it.
    fn code_state(&self, message: &Message, now: Time) -> Option<CodeState>;

    fn respond(&mut self, target: &Target, request: &Request, context: &mut Context<'_>) -> Response;
}

/// The value of a key in a configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Setting {
    Text(&'static str),
    /// A secret, which the table takes from an environment variable.
    Secret,
}

/// A way to send a credential.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Authentication {
    /// An API key in this header, whose name is in lower case.
    ApiKey(&'static str),
    Bearer,
    /// HTTP Basic, with this user name.
    Basic(&'static str),
}
