//! An HTTP/2 server that writes given frames, for what no HTTP/2 server does.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::frame;

/// What the server does with a request that arrived in full.
#[derive(Clone, Debug, Default)]
pub struct Reaction {
    bytes: Vec<u8>,
    then: Then,
}

/// What the server does with the connection afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Then {
    /// It goes on, and answers pings.
    #[default]
    Continue,
    /// It closes the connection.
    Close,
    /// It keeps the connection open and neither reads nor writes again, as a host that has lost power does.
    FallSilent,
}

impl Reaction {
    /// Writes these frames and goes on.
    pub fn write(frames: impl Into<Vec<u8>>) -> Self {
        Self { bytes: frames.into(), then: Then::Continue }
    }

    /// Does it and closes the connection.
    #[must_use]
    pub fn then_close(self) -> Self {
        Self { then: Then::Close, ..self }
    }

    /// Does it and falls silent: pings stay without an answer.
    #[must_use]
    pub fn then_fall_silent(self) -> Self {
        Self { then: Then::FallSilent, ..self }
    }
}

/// A request that arrived in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The connection, counted from 0.
    pub connection: usize,
    /// The stream.
    pub stream: u32,
}

type React = dyn Fn(Arrival) -> Reaction + Send + Sync;

/// What the server has seen.
#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    /// Every stream that was opened, whether or not its request is complete.
    streams: Vec<Arrival>,
    pings: usize,
}

/// Listens on this machine and speaks HTTP/2 from the first byte on (prior knowledge).
pub struct RawHttp2Server {
    base_url: String,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl RawHttp2Server {
    /// Reacts to each request.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn start(react: impl Fn(Arrival) -> Reaction + Send + Sync + 'static) -> Self {
        Self::greeting(Vec::new(), react).await
    }

    /// The same, with frames that each connection gets before any request.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn greeting(
        frames: Vec<u8>,
        react: impl Fn(Arrival) -> Reaction + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let seen = Arc::<Mutex<Seen>>::default();
        let react: Arc<React> = Arc::new(react);
        let journal = seen.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connection = note(&journal, |seen| {
                    seen.connections += 1;
                    seen.connections - 1
                });
                let (frames, react, journal) = (frames.clone(), react.clone(), journal.clone());
                tokio::spawn(async move { serve(stream, connection, &frames, &*react, &journal).await });
            }
        });
        Self { base_url, seen, task }
    }

    /// The base URL, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        note(&self.seen, |seen| seen.connections)
    }

    /// Every request of which the head arrived, in order.
    pub fn requests(&self) -> Vec<Arrival> {
        note(&self.seen, |seen| seen.streams.clone())
    }

    /// How many pings arrived.
    pub fn pings(&self) -> usize {
        note(&self.seen, |seen| seen.pings)
    }
}

impl Drop for RawHttp2Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn note<T>(seen: &Mutex<Seen>, change: impl FnOnce(&mut Seen) -> T) -> T {
    change(&mut seen.lock().expect("recording does not panic"))
}

/// One connection, to its end. A client that is gone is the test's business, not the server's.
async fn serve<S>(
    mut stream: S,
    connection: usize,
    greeting: &[u8],
    react: &React,
    seen: &Mutex<Seen>,
) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut preface = [0; frame::PREFACE.len()];
    stream.read_exact(&mut preface).await.ok()?;
    assert_eq!(&preface, frame::PREFACE, "the client speaks HTTP/2");
    stream.write_all(&[frame::settings(), greeting.to_vec()].concat()).await.ok()?;
    loop {
        let (head, payload) = frame::read(&mut stream).await?;
        match head.kind {
            frame::SETTINGS if !head.has(frame::ACK) => {
                stream.write_all(&frame::settings_ack()).await.ok()?;
            }
            frame::PING if !head.has(frame::ACK) => {
                note(seen, |seen| seen.pings += 1);
                stream.write_all(&frame::ping_ack(&payload)).await.ok()?;
            }
            frame::HEADERS => {
                let arrival = Arrival { connection, stream: head.stream };
                note(seen, |seen| seen.streams.push(arrival));
            }
            _ => {}
        }
        let is_request = matches!(head.kind, frame::HEADERS | frame::DATA);
        if !is_request || !head.has(frame::END_STREAM) {
            continue;
        }
        let reaction = react(Arrival { connection, stream: head.stream });
        stream.write_all(&reaction.bytes).await.ok()?;
        match reaction.then {
            Then::Continue => {}
            Then::Close => return None,
            Then::FallSilent => std::future::pending().await,
        }
    }
}
