//! A server in the test's own runtime, so that paused time works, which does to each request what a test says.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do with a request.
pub(crate) enum Reply {
    /// Respond and keep the connection.
    Respond(u16, String),
    /// Respond with one header more.
    With(u16, &'static str, String),
    /// Read it and close the connection.
    Close,
}

impl Reply {
    pub(crate) fn ok() -> Self {
        Self::Respond(200, "{}".into())
    }
}

type Behave = dyn Fn(&str) -> Reply + Send + Sync;

/// Requests as they came, head and body, and how many connections there were.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    pub(crate) async fn start(behave: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, connections) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<Mutex<usize>>::default());
        let server = Self { url, seen: seen.clone(), connections: connections.clone() };
        let behave: Arc<Behave> = Arc::new(behave);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *connections.lock().unwrap() += 1;
                tokio::spawn(serve(stream, seen.clone(), behave.clone()));
            }
        });
        server
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>, behave: Arc<Behave>) {
    while let Some(request) = read(&mut stream).await {
        seen.lock().unwrap().push(request.clone());
        let (status, header, body) = match behave(&request) {
            Reply::Respond(status, body) => (status, String::new(), body),
            Reply::With(status, name, value) => (status, format!("{name}: {value}\r\n"), "{}".to_owned()),
            Reply::Close => return,
        };
        let head = format!("HTTP/1.1 {status} x\r\ncontent-type: application/json\r\n{header}");
        let text = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// One request, by its content length.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}
