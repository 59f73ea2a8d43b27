//! Requests, responses and routes as plain data. Nothing here knows about sockets or bytes on the wire.

mod authorization;
mod body_fields;
mod request;
mod response;
mod route;

pub(crate) use authorization::{basic, bearer, decode_basic};
pub(crate) use body_fields::{Fields, Validated};
pub(crate) use request::{Request, value_of};
pub(crate) use response::{Response, SANDBOX_HEADER, frames_body};
pub(crate) use route::{Route, Target};
