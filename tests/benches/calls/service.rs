//! HTTP service for the calls: one thread per connection, and always the same two responses.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

pub(crate) const ID: &str = "3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b";

/// The same as the facade writes it.
pub(crate) const CHALLENGE_ID: &str = "smscx:3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b";

const CHALLENGE: &str = r#"{"otpId":"3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b","phoneNumber":"+33612345678","countryIso":"FR","status":"PENDING","cost":0.045,"parts":1,"ttl":180,"attempts":0,"maxAttempts":3,"trackId":null,"otpCallbackUrl":null,"dateCreated":"2024-03-28T10:15:30Z","dateExpires":"2024-03-28T10:18:30Z"}"#;

pub(crate) fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    for connection in listener.incoming() {
        let connection = connection.unwrap();
        thread::spawn(|| respond(connection));
    }
}

fn respond(mut connection: TcpStream) {
    connection.set_nodelay(true).unwrap();
    let (created, verified) =
        (response("201 Created", CHALLENGE), response("200 OK", r#"{"status":"VERIFIED"}"#));
    let mut received = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = connection.read(&mut chunk) {
        received.extend_from_slice(&chunk[..length]);
        let Some(request) = complete(&received) else { continue };
        let response = if request.starts_with("POST /otp HTTP") { &created } else { &verified };
        connection.write_all(response).unwrap();
        received.clear();
    }
}

fn response(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ndate: Thu, 28 Mar 2024 10:15:30 GMT\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nx-request-id: 5f0c3f9e6b\r\nx-rate-limit-limit: 60\r\n\
         x-rate-limit-remaining: 59\r\nx-rate-limit-reset: 1711620990\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The request, once all of it is there.
fn complete(received: &[u8]) -> Option<&str> {
    let request = str::from_utf8(received).ok()?;
    let (head, body) = request.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    });
    (body.len() >= length.unwrap_or_default()).then_some(request)
}
