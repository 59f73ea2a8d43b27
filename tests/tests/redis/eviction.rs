//! The warning about a server that may evict records and limits.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use otp_facade::OtpProvider;
use otp_tests::redis::{Server, Worker};

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no panic")).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// On one thread, so that the log also has what the tasks of the pool report.
#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_server_that_may_evict_is_warned_of_once() {
    for (policy, rights, is_warned) in [
        ("volatile-ttl", "+@all", true),
        ("allkeys-lru", "+@all -config", true),
        ("allkeys-lru", "+@all -config -info", false),
        ("noeviction", "+@all", false),
    ] {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        let _default = tracing::subscriber::set_default(subscriber);
        let server = Server::start_with(&["--maxmemory-policy", policy]).await;
        server.command(&format!("ACL SETUSER somebody reset on >hunter2 ~* {rights}")).await.unwrap();
        let url = format!("redis://somebody:hunter2@{}/", server.address());
        let worker = Worker { urls: vec![url], connections: 4, ..Worker::default() };
        let guard = worker.guard();
        for number in 0..20 {
            guard.create(&worker.recipient(number)).await.unwrap();
        }
        // Both questions were asked, whatever came of them.
        let asked = async || {
            let statistics = server.text(&["INFO", "commandstats"]).await;
            ["cmdstat_config|get:", "cmdstat_info:"].iter().all(|command| statistics.contains(command))
        };
        for _ in 0..500 {
            if asked().await && (!is_warned || !log.text().is_empty()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        guard.create(&worker.recipient(20)).await.unwrap();
        let text = log.text();
        assert_eq!(text.matches("may evict").count(), usize::from(is_warned), "{policy} {rights}: {text}");
        assert!(!is_warned || text.contains(policy), "{text}");
        assert!(!text.contains("hunter2") && !text.contains(&server.port().to_string()), "{text}");
    }
}
