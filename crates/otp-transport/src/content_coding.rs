//! Content codings (RFC 9110, section 8.4.1).
//!
//! Requests ask for `identity`. A server or a proxy in between may compress all the same, and then the id of a message
//! that was sent is in a compressed body.

use std::io::Read;

use bytes::Bytes;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::error::ErrorKind;
use crate::headers;

/// The body without its codings. The limit holds for what comes out, so that a small body cannot fill the memory.
pub(crate) fn decode(headers: &HeaderMap, body: Bytes, limit: usize) -> Result<Bytes, ErrorKind> {
    let Some(codings) = headers::text(headers, CONTENT_ENCODING) else { return Ok(body) };
    // They are listed in the order in which they were applied.
    codings.rsplit(',').try_fold(body, |body, coding| {
        match coding.trim_ascii().to_ascii_lowercase().as_str() {
            "identity" | "" => Ok(body),
            "gzip" | "x-gzip" => read(MultiGzDecoder::new(&*body), limit),
            "deflate" => read(ZlibDecoder::new(&*body), limit),
            _ => Err(ErrorKind::Decode),
        }
    })
}

fn read(decoder: impl Read, limit: usize) -> Result<Bytes, ErrorKind> {
    let mut body = Vec::new();
    let max = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(max).read_to_end(&mut body).map_err(|_| ErrorKind::Decode)?;
    if body.len() > limit { Err(ErrorKind::TooLarge) } else { Ok(body.into()) }
}
