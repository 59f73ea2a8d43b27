//! Where the server is: at a URL, or where the sentinels say.

use std::sync::Arc;
use std::time::Duration;

use otp_transport::{ConfigError, Secret};
use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo,
    ProtocolVersion, RedisError, RedisResult,
};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};

use super::connection::{Connection, Health};
use super::pool::PoolSettings;

/// A connection on which the server is silent for longer, or for a quarter of the deadline, gets no new calls.
const MAX_SILENCE: Duration = Duration::from_secs(1);

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
    let info = url.expose().into_connection_info().ok();
    let info = info.filter(|info| info.addr().is_supported() && !is_insecure(info));
    let info = info.ok_or_else(|| {
        let tls = if cfg!(feature = "redis-tls") { " or rediss" } else { "" };
        ConfigError::new(setting, format!("must be redis{tls}://[user:password@]host[:port][/database]"))
    })?;
    // With RESP3, a closed connection is noticed before the next call.
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(info.set_redis_settings(settings).set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

/// Whether the URL asks for TLS without certificates, which is refused.
fn is_insecure(info: &ConnectionInfo) -> bool {
    matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. })
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
        settings: &PoolSettings,
        changed: Arc<Notify>,
    ) -> RedisResult<Connection> {
        let info = match self {
            Self::Server(info) => info.clone(),
            Self::Sentinel { master, sentinels } => find_master(master, sentinels, settings).await?,
        };
        let health = Health::new(changed);
        let config = without_deadlines().set_push_sender(health.listener());
        let opened = open(&info, config, settings).await?;
        Ok(Connection::new(opened, health, (settings.deadline / 4).min(MAX_SILENCE), info.addr().to_string()))
    }
}

/// A connection of the client. If there is a driver, it is a task that ends with it.
pub(super) struct Opened {
    pub(super) connection: MultiplexedConnection,
    pub(super) driver: Option<AbortHandle>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.abort();
        }
    }
}

async fn open(
    info: &ConnectionInfo,
    config: AsyncConnectionConfig,
    settings: &PoolSettings,
) -> RedisResult<Opened> {
    #[cfg(feature = "redis-tls")]
    if let ConnectionAddr::TcpTls { host, port, .. } = info.addr() {
        let stream = settings.tls.connect(host, *port).await?;
        let (connection, driver) =
            MultiplexedConnection::new_with_config(info.redis_settings(), stream, config).await?;
        return Ok(Opened { connection, driver: Some(tokio::spawn(driver).abort_handle()) });
    }
    let _ = settings;
    let client = Client::open(info.clone())?;
    Ok(Opened {
        connection: client.get_multiplexed_async_connection_with_config(&config).await?,
        driver: None,
    })
}

fn without_deadlines() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None)
}

/// Asks all sentinels at once for the master's address.
///
/// The client's own `Sentinel` asks them one after the other, so that one that is silent uses up the attempt's deadline.
async fn find_master(
    master: &ConnectionInfo,
    sentinels: &[ConnectionInfo],
    settings: &PoolSettings,
) -> RedisResult<ConnectionInfo> {
    let mut questions = JoinSet::new();
    for sentinel in sentinels {
        let (sentinel, name, settings) = (sentinel.clone(), host(master).to_owned(), settings.clone());
        questions.spawn(async move {
            let mut opened = open(&sentinel, without_deadlines(), &settings).await?;
            let mut question = redis::cmd("SENTINEL");
            question.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
            question.query_async::<Option<(String, u16)>>(&mut opened.connection).await
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
