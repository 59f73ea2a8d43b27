//! Frames of HTTP/2 (RFC 9113), written byte by byte.

use tokio::io::{AsyncRead, AsyncReadExt};

/// What a client sends first.
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
const GOAWAY: u8 = 7;

pub(crate) const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Error codes (RFC 9113, section 7), in the order of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Code {
    NoError,
    ProtocolError,
    InternalError,
    FlowControlError,
    SettingsTimeout,
    StreamClosed,
    FrameSizeError,
    RefusedStream,
    Cancel,
    CompressionError,
    ConnectError,
    EnhanceYourCalm,
    InadequateSecurity,
    Http11Required,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::NoError,
        Self::ProtocolError,
        Self::InternalError,
        Self::FlowControlError,
        Self::SettingsTimeout,
        Self::StreamClosed,
        Self::FrameSizeError,
        Self::RefusedStream,
        Self::Cancel,
        Self::CompressionError,
        Self::ConnectError,
        Self::EnhanceYourCalm,
        Self::InadequateSecurity,
        Self::Http11Required,
    ];
}

/// Type, flags and stream of a frame.
pub(crate) struct Head {
    pub(crate) kind: u8,
    flags: u8,
    pub(crate) stream: u32,
}

impl Head {
    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// The next frame, or none at the end of the connection.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<(Head, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
    let number = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & MAX_STREAM;
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.ok()?;
    Some((Head { kind: head[3], flags: head[4], stream: number }, payload))
}

/// The highest number of a stream. A GOAWAY with it says that no request was refused yet.
pub const MAX_STREAM: u32 = 0x7fff_ffff;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a frame is small").to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// The server's settings: the defaults.
pub fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[])
}

pub(crate) fn settings_ack() -> Vec<u8> {
    frame(SETTINGS, ACK, 0, &[])
}

pub(crate) fn ping_ack(payload: &[u8]) -> Vec<u8> {
    frame(PING, ACK, 0, payload)
}

/// Resets a stream.
pub fn reset(stream: u32, code: Code) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &(code as u32).to_be_bytes())
}

/// Ends the connection: requests above the last stream were not processed, and are no more.
pub fn go_away(last_stream: u32, code: Code) -> Vec<u8> {
    let payload = [last_stream.to_be_bytes(), (code as u32).to_be_bytes()].concat();
    frame(GOAWAY, 0, 0, &payload)
}

/// The head of a response. Indexes of the static table of HPACK (RFC 7541), and literals that are not indexed.
pub fn head(stream: u32, status: u16) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &header_block(status))
}

fn header_block(status: u16) -> Vec<u8> {
    // ":status" has index 8, "content-type" has 31.
    let mut block = vec![0x08, 3];
    block.extend_from_slice(status.to_string().as_bytes());
    block.extend_from_slice(&[0x0f, 31 - 15, 16]);
    block.extend_from_slice(b"application/json");
    block
}

/// A part of a body.
pub fn data(stream: u32, body: &str, is_last: bool) -> Vec<u8> {
    frame(DATA, if is_last { END_STREAM } else { 0 }, stream, body.as_bytes())
}

/// A whole response.
pub fn response(stream: u32, status: u16, body: &str) -> Vec<u8> {
    [head(stream, status), data(stream, body, true)].concat()
}

/// Promises a response that nobody asked for, on a stream of the server's.
pub fn push_promise(stream: u32, promised: u32) -> Vec<u8> {
    // GET (2), http (6), / (4), and an empty ":authority" (1).
    let block = [0x82, 0x86, 0x84, 0x01, 0x00];
    frame(PUSH_PROMISE, END_HEADERS, stream, &[promised.to_be_bytes().as_slice(), &block].concat())
}
