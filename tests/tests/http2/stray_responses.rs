//! Responses that nobody asked for, such as those of a proxy that is one response behind. An accepting one must not be
//! taken for the response to the next verify.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use otp_facade::config::StackConfig;
use otp_facade::{CreateRequest, OtpProvider, Recipient, Transport};
use otp_tests::{RawHttp2Server, Reaction, frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{ACCEPTED, prior_knowledge, provider, verify};

/// Many enough that no order of events is left out.
const VERIFIES: usize = 20;

/// Serves HTTP/1.1 and is one response behind: the second request on a connection gets an accepting response that was meant
/// for nobody. The right response to each request is a failure.
struct Behind {
    base_url: String,
    connections: Arc<AtomicUsize>,
}

impl Behind {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::<AtomicUsize>::default();
        let counter = connections.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream));
            }
        });
        Self { base_url, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream) -> Option<()> {
    for is_first in std::iter::once(true).chain(std::iter::repeat(false)) {
        read_request(&mut stream).await?;
        let (status, body) = if is_first { (503, "{}") } else { (200, ACCEPTED) };
        // It does not close the connection, whatever the client asks for.
        let response = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(response.as_bytes()).await.ok()?;
    }
    None
}

async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::new();
    // The bodies of these requests are JSON objects without another one inside.
    while !request.ends_with(b"}") {
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
    Some(())
}

#[tokio::test]
async fn over_a_shared_connection_of_http1_a_stray_response_can_be_taken() {
    let server = Behind::start().await;
    let provider = provider(&server.base_url, Transport::builder());
    verify(&provider).await.unwrap_err();
    verify(&provider).await.expect("this is what the setting prevents");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_verify_with_a_connection_of_its_own_takes_no_stray_response() {
    let server = Behind::start().await;
    let provider = provider(&server.base_url, Transport::builder().http1_connection_per_verify(true));
    for _ in 0..VERIFIES {
        verify(&provider).await.unwrap_err();
    }
    assert_eq!(server.connections(), VERIFIES);
}

#[tokio::test]
async fn a_configuration_gives_each_verify_a_connection_of_its_own() {
    for (lines, connections) in [("", 1), ("http1_connection_per_verify = true", VERIFIES)] {
        let server = Behind::start().await;
        let toml = format!(
            "[[providers]]\nprovider = \"smscx\"\napi_key = {{ env = \"KEY\" }}\nbase_url = \"{}\"\n[transport]\n{lines}",
            server.base_url
        );
        let environment = [("KEY".to_owned(), "key".to_owned())].into();
        let provider = StackConfig::from_toml(&toml).unwrap().build_with(&environment).unwrap();
        for _ in 0..VERIFIES {
            let _ = verify(&*provider).await;
        }
        assert_eq!(server.connections(), connections, "{lines}");
    }
}

#[tokio::test]
async fn only_verify_has_a_connection_of_its_own() {
    let server = Behind::start().await;
    let provider = provider(&server.base_url, Transport::builder().http1_connection_per_verify(true));
    let request = CreateRequest::new(Recipient::phone("+33612345678"));
    for _ in 0..VERIFIES {
        provider.create(&request).await.unwrap_err();
        verify(&provider).await.unwrap_err();
    }
    assert_eq!(server.connections(), 1 + VERIFIES);
}

/// Frames that nobody asked for, at a request on this stream.
type Stray = fn(u32) -> Vec<u8>;

/// A response names its stream: one that nobody asked for is on another, whenever it comes.
#[tokio::test]
async fn over_http2_no_verify_takes_a_stray_response() {
    let strays: [(&str, Stray); 4] = [
        ("on the stream before", |stream| frame::response(stream.saturating_sub(2).max(1), 200, ACCEPTED)),
        ("on the stream after", |stream| frame::response(stream + 2, 200, ACCEPTED)),
        ("on a stream of the server's", |stream| frame::response(stream + 1, 200, ACCEPTED)),
        ("that was promised", |stream| {
            [frame::push_promise(stream, stream + 1), frame::response(stream + 1, 200, ACCEPTED)].concat()
        }),
    ];
    for (name, stray) in strays {
        for is_before in [true, false] {
            let server = RawHttp2Server::start(move |arrival| {
                let right = frame::response(arrival.stream, 503, "{}");
                // On the first stream, there is none before.
                let stray = match (arrival.stream, name) {
                    (1, "on the stream before") => Vec::new(),
                    (stream, _) => stray(stream),
                };
                Reaction::write(if is_before { [stray, right] } else { [right, stray] }.concat())
            })
            .await;
            let provider = provider(&server.base_url(), prior_knowledge());
            for number in 0..VERIFIES {
                let result = verify(&provider).await;
                assert!(result.is_err(), "{name}, before: {is_before}, verify {number}");
            }
            assert_eq!(server.requests().len(), VERIFIES, "{name}, before: {is_before}");
        }
    }
}

#[tokio::test]
async fn over_http2_verifies_share_a_connection_with_the_setting_too() {
    let server =
        RawHttp2Server::start(|arrival| Reaction::write(frame::response(arrival.stream, 200, ACCEPTED)))
            .await;
    let provider = provider(&server.base_url(), prior_knowledge().http1_connection_per_verify(true));
    for _ in 0..VERIFIES {
        verify(&provider).await.unwrap();
    }
    assert_eq!((server.connections(), server.requests().len()), (1, VERIFIES));
}
