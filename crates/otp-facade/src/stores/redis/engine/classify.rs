//! What a response of the server means: whether the script can have acted, and what to do next.

use otp_transport::ConnectionFailure;
use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::stores::{StoreError, StoreErrorKind};

/// What follows from a failed script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NextStep {
    /// Fail. The script is not sent again.
    Fail,
    /// Load the script, and send it again.
    Load,
    /// Send it to this node, which has the keys from now on.
    Moved(String),
    /// Send it to this node, which has the keys for this once.
    Ask(String),
    /// Leave the connection, whose server is no longer the master. Send the script over a new one.
    Reconnect,
    /// Send it again after a pause.
    Wait,
    /// Send it again after a pause, from the beginning: its hash slot is about to move, and some of the keys are there already.
    WaitForSlot,
}

/// Decides from the error code. Everything but `Fail` is for codes by which the server certainly did not run the script.
pub(super) fn next_step(error: &RedisError) -> NextStep {
    let ErrorKind::Server(kind) = error.kind() else {
        return match error.code() {
            Some("BUSY") => NextStep::Wait,
            // After a failover, the old master loses its replicas before it learns that it is the master no more.
            Some("NOREPLICAS") => NextStep::Reconnect,
            _ => NextStep::Fail,
        };
    };
    let node = || error.redirect_node().map(|(node, _)| node.to_owned());
    match kind {
        ServerErrorKind::NoScript => NextStep::Load,
        ServerErrorKind::Moved => node().map_or(NextStep::Fail, NextStep::Moved),
        ServerErrorKind::Ask => node().map_or(NextStep::Fail, NextStep::Ask),
        // A script that writes first is refused before its first write.
        ServerErrorKind::ReadOnly => NextStep::Reconnect,
        ServerErrorKind::TryAgain => NextStep::WaitForSlot,
        ServerErrorKind::ClusterDown | ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown => {
            NextStep::Wait
        }
        _ => NextStep::Fail,
    }
}

/// Builds an error from the client's error classes. The client's own messages may contain what the server sent, and addresses.
pub(super) fn store_error(error: &RedisError) -> StoreError {
    let kind = kind(error);
    let store_error = match (kind, error.code()) {
        (StoreErrorKind::Other, Some(code)) => StoreError::new(format!("Redis: the server responded {code}")),
        (StoreErrorKind::Other, None) => StoreError::new(format!("Redis: {}", error.category())),
        (kind, _) => StoreError::redis(kind),
    };
    if is_refused(error) { store_error.without_effect() } else { store_error }
}

/// Builds the error of a failed connection attempt. Nothing was sent.
pub(super) fn connection_error(error: &RedisError) -> StoreError {
    store_error(error).without_effect()
}

/// Whether the server refused to run the script, or refused its first write. An error of another command in the middle of a
/// script names the script.
fn is_refused(error: &RedisError) -> bool {
    let is_in_script = || error.detail().is_some_and(|detail| detail.contains("script: "));
    match error.code() {
        Some("OOM" | "NOREPLICAS" | "MISCONF" | "BUSY" | "NOAUTH" | "CROSSSLOT" | "NOSCRIPT") => true,
        Some("NOPERM") => !is_in_script(),
        _ => next_step(error) != NextStep::Fail || matches!(kind(error), StoreErrorKind::Moved),
    }
}

fn kind(error: &RedisError) -> StoreErrorKind {
    match error.kind() {
        // A unix socket that does not exist is refused, too.
        ErrorKind::Io if error.is_connection_refusal() => {
            StoreErrorKind::Connection(ConnectionFailure::Refused)
        }
        ErrorKind::Io | ErrorKind::Client => StoreErrorKind::Connection(ConnectionFailure::of(error)),
        ErrorKind::AuthenticationFailed => StoreErrorKind::Authentication,
        ErrorKind::MasterNameNotFoundBySentinel => StoreErrorKind::MasterUnknown,
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => StoreErrorKind::InvalidData,
        ErrorKind::Server(kind) => match kind {
            ServerErrorKind::BusyLoading => StoreErrorKind::Loading,
            ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown => StoreErrorKind::ReadOnly,
            ServerErrorKind::NoPerm => StoreErrorKind::NoPermission,
            ServerErrorKind::Moved | ServerErrorKind::Ask | ServerErrorKind::CrossSlot => {
                StoreErrorKind::Moved
            }
            ServerErrorKind::ClusterDown => StoreErrorKind::ClusterDown,
            ServerErrorKind::TryAgain => StoreErrorKind::SlotMoving,
            ServerErrorKind::ResponseError if error.detail().is_some_and(has_no_cluster) => {
                StoreErrorKind::NotACluster
            }
            _ => StoreErrorKind::Other,
        },
        _ => match error.code() {
            Some("WRONGPASS" | "NOAUTH") => StoreErrorKind::Authentication,
            Some("OOM") => StoreErrorKind::OutOfMemory,
            Some("NOREPLICAS") => StoreErrorKind::TooFewReplicas,
            Some("MISCONF") => StoreErrorKind::NotPersisted,
            Some("BUSY") => StoreErrorKind::Busy,
            _ => StoreErrorKind::Other,
        },
    }
}

fn has_no_cluster(detail: &str) -> bool {
    detail.contains("cluster support disabled")
}
