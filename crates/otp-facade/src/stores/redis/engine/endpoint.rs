//! Where the server is: at a URL, or where the sentinels say.

use std::sync::Arc;
use std::time::Duration;

use otp_transport::{ConfigError, Secret};
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo,
    ProtocolVersion, RedisError, RedisResult,
};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::connection::{Connection, Health};

/// Where to connect to. Names are resolved, and sentinels asked, at each attempt: a failover may have moved the master.
#[derive(Clone)]
pub(super) enum Endpoint {
    Server(ConnectionInfo),
    /// The host of `master` is the name by which the sentinels know the master.
    Sentinel {
        master: ConnectionInfo,
        sentinels: Vec<ConnectionInfo>,
    },
}

/// Reads a URL. The error does not quote it, because it contains the password.
pub(super) fn connection_info(setting: &'static str, url: &Secret) -> Result<ConnectionInfo, ConfigError> {
    #[cfg(feature = "redis-tls")]
    let _ = rustls::crypto::ring::default_provider().install_default();
    let info = url.expose().into_connection_info().ok().filter(|info| info.addr().is_supported());
    let info = info.ok_or_else(|| {
        let tls = if cfg!(feature = "redis-tls") { " or rediss" } else { "" };
        ConfigError::new(setting, format!("must be redis{tls}://[user:password@]host[:port][/database]"))
    })?;
    // With RESP3, a closed connection is noticed before the next call.
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(info.set_redis_settings(settings).set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

/// Trusts these root certificates instead of the system's.
#[cfg(feature = "redis-tls")]
pub(super) fn with_root_certificates(
    info: ConnectionInfo,
    pem: &[u8],
) -> Result<ConnectionInfo, ConfigError> {
    let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(pem.to_vec()) };
    Client::build_with_tls(info, certificates).map(|client| client.get_connection_info().clone()).map_err(
        |_| ConfigError::new("root_certificates", "must be certificates in PEM, for a URL with rediss://"),
    )
}

#[cfg(feature = "redis-tls")]
pub(super) fn is_tls(info: &ConnectionInfo) -> bool {
    matches!(info.addr(), ConnectionAddr::TcpTls { .. })
}

/// Returns the same settings for another host and port.
pub(super) fn at(info: &ConnectionInfo, host: &str, port: u16) -> ConnectionInfo {
    let address = match info.addr().clone() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            ConnectionAddr::TcpTls { host: host.to_owned(), port, insecure, tls_params }
        }
        _ => ConnectionAddr::Tcp(host.to_owned(), port),
    };
    info.clone().set_addr(address)
}

/// Returns the host of an address, if it has one.
pub(super) fn host(info: &ConnectionInfo) -> &str {
    match info.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host,
        _ => "",
    }
}

impl Endpoint {
    /// Makes one connection. It has no deadline of its own.
    pub(super) async fn connect(
        &self,
        changed: Arc<Notify>,
        max_silence: Duration,
    ) -> RedisResult<Connection> {
        let info = match self {
            Self::Server(info) => info.clone(),
            Self::Sentinel { master, sentinels } => find_master(master, sentinels).await?,
        };
        let health = Health::new(changed);
        let config = without_deadlines().set_push_sender(health.listener());
        let address = info.addr().to_string();
        let connection = Client::open(info)?.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Connection::new(connection, health, max_silence, address))
    }
}

fn without_deadlines() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None)
}

/// Asks all sentinels at once for the master's address.
///
/// The client's own `Sentinel` asks them one after the other, so that one that is silent uses up the attempt's deadline.
async fn find_master(master: &ConnectionInfo, sentinels: &[ConnectionInfo]) -> RedisResult<ConnectionInfo> {
    let mut questions = JoinSet::new();
    for sentinel in sentinels.iter().cloned() {
        let name = host(master).to_owned();
        questions.spawn(async move {
            let client = Client::open(sentinel)?;
            let mut connection =
                client.get_multiplexed_async_connection_with_config(&without_deadlines()).await?;
            let mut question = redis::cmd("SENTINEL");
            question.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
            question.query_async::<Option<(String, u16)>>(&mut connection).await
        });
    }
    let mut failure = RedisError::from((ErrorKind::EmptySentinelList, "no sentinel"));
    while let Some(response) = questions.join_next().await {
        failure = match response {
            Ok(Ok(Some((host, port)))) => return Ok(at(master, &host, port)),
            Ok(Ok(None)) => RedisError::from((ErrorKind::MasterNameNotFoundBySentinel, "unknown master")),
            Ok(Err(error)) => error,
            Err(_) => failure,
        };
    }
    Err(failure)
}
