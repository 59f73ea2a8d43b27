//! Why no connection was made.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

/// Why no connection was made, as a class: no name, address or certificate is in it, so that it can be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionFailure {
    /// The host's name has no address. Check the base URL and the name server.
    NameNotFound,
    /// Nobody listens at the address.
    Refused,
    /// There is no route to the address.
    Unreachable,
    /// The connection was not made in time.
    TimedOut,
    /// The other side closed the connection, as a rule during the TLS handshake.
    Closed,
    /// The server's certificate has expired, by the clock of this machine.
    CertificateExpired,
    /// The server's certificate is not valid yet, by the clock of this machine.
    CertificateNotYetValid,
    /// The server's certificate is for another name.
    CertificateWrongName,
    /// The server's certificate is from an issuer that is not trusted: a private CA, or a proxy that inspects traffic.
    CertificateUnknownIssuer,
    /// The server's certificate breaks another rule, for example because it was revoked.
    CertificateInvalid,
    /// The two sides found no common form of TLS, or the server does not speak TLS at all.
    TlsProtocol,
    /// Something else.
    Other,
}

impl ConnectionFailure {
    /// A sentence without a subject, such as "the certificate has expired".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NameNotFound => "the host name was not found",
            Self::Refused => "the connection was refused",
            Self::Unreachable => "the host is unreachable",
            Self::TimedOut => "the connection was not made in time",
            Self::Closed => "the connection was closed",
            Self::CertificateExpired => "TLS: the certificate has expired",
            Self::CertificateNotYetValid => "TLS: the certificate is not valid yet",
            Self::CertificateWrongName => "TLS: the certificate is for another name",
            Self::CertificateUnknownIssuer => "TLS: the certificate's issuer is not trusted",
            Self::CertificateInvalid => "TLS: the certificate is not valid",
            Self::TlsProtocol => "TLS: the handshake failed",
            Self::Other => "the connection failed",
        }
    }

    /// The class of an error and its sources. The innermost that tells something counts.
    #[doc(hidden)]
    pub fn of(error: &(dyn StdError + 'static)) -> Self {
        let mut found = Self::Other;
        let mut next = Some(error);
        while let Some(error) = next {
            found = Self::of_one(error).unwrap_or(found);
            next = wrapped(error).or_else(|| error.source());
        }
        found
    }

    fn of_one(error: &(dyn StdError + 'static)) -> Option<Self> {
        #[cfg(feature = "rustls-errors")]
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(Self::of_tls(error));
        }
        if let Some(error) = error.downcast_ref::<io::Error>()
            && let Some(class) = Self::of_io(error.kind())
        {
            return Some(class);
        }
        // These have no type that can be named: the standard library's resolver and the system's TLS.
        let text = error.to_string();
        if text.starts_with("failed to lookup address information") || text == "dns error" {
            return Some(Self::NameNotFound);
        }
        let has = |word: &str| text.contains(word);
        let is_tls = cfg!(feature = "native-tls") && (has("SSL") || has("ssl") || has("TLS"));
        is_tls.then_some(if has("certificate") { Self::CertificateInvalid } else { Self::TlsProtocol })
    }

    fn of_io(kind: io::ErrorKind) -> Option<Self> {
        match kind {
            io::ErrorKind::ConnectionRefused => Some(Self::Refused),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Some(Self::Unreachable),
            io::ErrorKind::TimedOut => Some(Self::TimedOut),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Some(Self::Closed),
            _ => None,
        }
    }

    #[cfg(feature = "rustls-errors")]
    fn of_tls(error: &rustls::Error) -> Self {
        use rustls::CertificateError as Certificate;

        let rustls::Error::InvalidCertificate(error) = error else { return Self::TlsProtocol };
        match error {
            Certificate::Expired | Certificate::ExpiredContext { .. } => Self::CertificateExpired,
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => Self::CertificateNotYetValid,
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                Self::CertificateWrongName
            }
            Certificate::UnknownIssuer => Self::CertificateUnknownIssuer,
            _ => Self::CertificateInvalid,
        }
    }
}

/// What an error wraps, where its source is not that but the source of that.
fn wrapped<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let io = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let shared = || error.downcast_ref::<Arc<dyn StdError + Send + Sync>>().map(|shared| &**shared);
    io.or_else(shared).map(|wrapped| wrapped as _)
}

impl fmt::Display for ConnectionFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
