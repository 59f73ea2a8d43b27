//! Errors of a store: what class of failure it was.

use std::error::Error as StdError;
use std::fmt;

use otp_transport::{ConnectionFailure, one_line};

/// Class of a store's failure. It contains no name, address, key or password, so that it can be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// No connection was made, or it closed before the response.
    Connection(ConnectionFailure),
    /// The server does not take the user name and password, or requires them.
    Authentication,
    /// The user may not run one of the commands that the store uses.
    NoPermission,
    /// The server has reached its memory limit and takes no more writes.
    OutOfMemory,
    /// The server is a replica, or its disk is read-only, and takes no writes.
    ReadOnly,
    /// The server reads its data from disk after a start.
    Loading,
    /// The server runs a script that takes too long.
    Busy,
    /// Fewer replicas are connected than `min-replicas-to-write` requires.
    TooFewReplicas,
    /// The server cannot save to disk, and therefore takes no writes.
    NotPersisted,
    /// A part of the cluster is down, or its hash slots have no owner.
    ClusterDown,
    /// A hash slot is on its way to another node, and the deadline passed meanwhile.
    SlotMoving,
    /// Another node of the cluster has the keys.
    Moved,
    /// The server is not a node of a cluster.
    NotACluster,
    /// The sentinels do not know a master of this name.
    MasterUnknown,
    /// There was no response within the deadline.
    TimedOut,
    /// What is stored, or what the server responded, cannot be read.
    InvalidData,
    /// Something else. The message says more.
    Other,
}

impl StoreErrorKind {
    /// A sentence about what failed, and what to do.
    pub fn as_str(self) -> &'static str {
        use ConnectionFailure as Failure;
        match self {
            Self::Connection(Failure::NameNotFound) => {
                "the host name was not found; check the host in the URL and the name server"
            }
            Self::Connection(Failure::Refused) => {
                "the connection was refused; check that the server runs, and host and port in the URL"
            }
            Self::Connection(Failure::Unreachable) => {
                "the host is unreachable; check the network and the firewall"
            }
            Self::Connection(Failure::TimedOut) => {
                "the connection was not made in time; check the network, the firewall, the server's load, and whether the port has TLS"
            }
            Self::Connection(Failure::Closed) => {
                "the connection was closed before the response; if it recurs, check whether the port expects TLS"
            }
            Self::Connection(Failure::CertificateExpired) => {
                "TLS: the certificate has expired; renew it, or check this machine's clock"
            }
            Self::Connection(Failure::CertificateNotYetValid) => {
                "TLS: the certificate is not valid yet; check this machine's clock"
            }
            Self::Connection(Failure::CertificateWrongName) => {
                "TLS: the certificate is for another name; use the name that it contains"
            }
            Self::Connection(Failure::CertificateUnknownIssuer) => {
                "TLS: the certificate's issuer is not trusted; add its root certificate to the store's"
            }
            Self::Connection(Failure::CertificateInvalid) => {
                "TLS: the certificate is not valid; check its purpose and whether it was revoked"
            }
            Self::Connection(Failure::TlsProtocol) => {
                "TLS: the handshake failed; check that the port expects TLS, and whether it requires a client certificate"
            }
            Self::Connection(_) => "the connection failed; check the URL and the network",
            Self::Authentication => "authentication failed; check the user name and the password in the URL",
            Self::NoPermission => {
                "the user may not run a command or use a key of the store; extend the user's ACL"
            }
            Self::OutOfMemory => {
                "out of memory; raise `maxmemory` or add nodes, since nothing new can be recorded"
            }
            Self::ReadOnly => "the server takes no writes; check that the address leads to the master",
            Self::Loading => "the server is loading its data; try again when it has started",
            Self::Busy => "the server is busy with a script; find it with `SLOWLOG` and end it",
            Self::TooFewReplicas => {
                "too few replicas are connected for a write; check the replicas and `min-replicas-to-write`"
            }
            Self::NotPersisted => {
                "the server cannot save to disk and takes no writes; check its disk and its log"
            }
            Self::ClusterDown => "the cluster is down or has hash slots without a node; check `CLUSTER INFO`",
            Self::SlotMoving => {
                "a hash slot is moving to another node; try again, or raise the deadline while the cluster is resharded"
            }
            Self::Moved => {
                "another node of the cluster has the keys; use `RedisStore::cluster`, or the address of the master"
            }
            Self::NotACluster => {
                "the server is not a node of a cluster; use `RedisStore::new`, or enable cluster mode"
            }
            Self::MasterUnknown => {
                "the sentinels know no master of this name; check the name and the sentinels' addresses"
            }
            Self::TimedOut => {
                "no response within the deadline; check the server's load (`SLOWLOG`) and the network"
            }
            Self::InvalidData => {
                "a stored record or a response cannot be read; check that the prefix belongs to this version only"
            }
            Self::Other => "the store failed",
        }
    }
}

impl StoreErrorKind {
    /// A stable name for metrics, such as `timed_out`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connection(_) => "connection",
            Self::Authentication => "authentication",
            Self::NoPermission => "no_permission",
            Self::OutOfMemory => "out_of_memory",
            Self::ReadOnly => "read_only",
            Self::Loading => "loading",
            Self::Busy => "busy",
            Self::TooFewReplicas => "too_few_replicas",
            Self::NotPersisted => "not_persisted",
            Self::ClusterDown => "cluster_down",
            Self::SlotMoving => "slot_moving",
            Self::Moved => "moved",
            Self::NotACluster => "not_a_cluster",
            Self::MasterUnknown => "master_unknown",
            Self::TimedOut => "timed_out",
            Self::InvalidData => "invalid_data",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A failed call of a store. It may have taken effect all the same.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: Option<String>,
    may_have_acted: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// Creates an error of the kind `Other`. `message` says what happened, and must contain no secret and no address.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: Some(one_line(&message.into(), 256).into_owned()), ..Self::of(StoreErrorKind::Other) }
    }

    /// Creates an error of a kind, whose sentence is the message.
    pub fn of(kind: StoreErrorKind) -> Self {
        Self { kind, message: None, may_have_acted: true, source: None }
    }

    /// Creates an error of Redis.
    #[cfg(feature = "redis")]
    pub(crate) fn redis(kind: StoreErrorKind) -> Self {
        Self { message: Some(format!("Redis: {kind}")), ..Self::of(kind) }
    }

    /// Sets the source. Neither its message nor those of its own sources may contain a secret.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Marks a call that certainly changed nothing.
    #[cfg(feature = "redis")]
    pub(crate) fn without_effect(mut self) -> Self {
        self.may_have_acted = false;
        self
    }

    /// Marks a call of which another part has taken effect, or may have.
    #[cfg(feature = "redis")]
    pub(crate) fn with_effect_if(mut self, has_effect: bool) -> Self {
        self.may_have_acted |= has_effect;
        self
    }

    /// Returns the class of the failure.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Returns whether the call may have taken effect all the same.
    pub fn may_have_acted(&self) -> bool {
        self.may_have_acted
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.message.as_deref().unwrap_or(self.kind.as_str()))
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
