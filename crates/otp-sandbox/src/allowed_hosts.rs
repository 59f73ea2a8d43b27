//! Which names the control API answers to.
//!
//! A web page can point a name of its own at 127.0.0.1 (DNS rebinding) and then read what it gets from there. The
//! browser still sends that name as `Host`, and the page's origin as `Origin`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::http::uri::Authority;
use hyper::{HeaderMap, Uri};

/// Loopback names, the address that the sandbox listens on, and what the settings add.
#[derive(Debug)]
pub(crate) struct AllowedHosts {
    listening_on: IpAddr,
    others: Vec<String>,
}

impl AllowedHosts {
    pub(crate) fn new(listening_on: IpAddr, others: &[String]) -> Self {
        Self { listening_on, others: others.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// `target` is the request target, which names the host in place of `Host` if it is a whole URL.
    pub(crate) fn admits(&self, target: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all("host").iter();
        let host = hosts.next().is_some_and(|host| host.to_str().is_ok_and(|host| self.names(host)));
        let target = target.authority().is_none_or(|authority| self.names(authority.as_str()));
        let mut origins = headers.get_all("origin").iter();
        let is_own = |origin: &str| {
            let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            host.is_some_and(|host| self.names(host))
        };
        let origin = origins.all(|origin| origin.to_str().is_ok_and(is_own));
        host && hosts.next().is_none() && target && origin
    }

    /// Whether this is an allowed host, with or without a port.
    fn names(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host().to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        is_loopback(host)
            || address(host).is_some_and(|address| address == self.listening_on)
            || self.others.iter().any(|other| fits(other, host))
    }
}

fn is_loopback(host: &str) -> bool {
    let name = host == "localhost" || host.ends_with(".localhost");
    name || address(host).is_some_and(|address| address.is_loopback())
}

fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().ok().map(IpAddr::from),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::from),
    }
}

/// `*` is any host, `.example.com` that one and all below it.
fn fits(allowed: &str, host: &str) -> bool {
    match allowed.strip_prefix('.') {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
        None => allowed == "*" || allowed == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(listening_on: [u8; 4], others: &[&str], host: &str) -> bool {
        let others: Vec<_> = others.iter().map(|host| (*host).to_owned()).collect();
        AllowedHosts::new(listening_on.into(), &others).names(host)
    }

    #[test]
    fn loopback_names_are_allowed_with_any_port() {
        for host in [
            "localhost",
            "LOCALHOST:1",
            "a.b.localhost:80",
            "localhost.",
            "127.0.0.1:8400",
            "127.9.8.7",
            "[::1]:80",
        ] {
            assert!(named([127, 0, 0, 1], &[], host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "notlocalhost",
            "evil@localhost",
            "localhost@example.com",
            "localhost:80@example.com",
            "2130706433",
            "127.1",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "::1",
            "localhost/x",
            "localhost, example.com",
        ] {
            assert!(!named([127, 0, 0, 1], &[], host), "{host}");
        }
    }

    #[test]
    fn other_hosts_are_allowed_by_the_settings_only() {
        let rules: [(&str, &[&str], &[&str]); 4] = [
            ("sandbox", &["sandbox", "Sandbox:8400"], &["a.sandbox", "sandbox.example.com"]),
            (".example.com", &["example.com", "a.b.example.com:1"], &["badexample.com", "example.com.org"]),
            ("10.0.0.5", &["10.0.0.5:80"], &["10.0.0.6"]),
            ("*", &["anything.example", "10.0.0.6"], &["evil@localhost", ""]),
        ];
        for (rule, allowed, refused) in rules {
            for host in allowed {
                assert!(named([127, 0, 0, 1], &[rule], host), "{rule} {host}");
            }
            for host in refused {
                assert!(!named([127, 0, 0, 1], &[rule], host), "{rule} {host}");
            }
        }
        assert!(named([10, 0, 0, 5], &[], "10.0.0.5:80"), "the address that was chosen to listen on");
    }
}
