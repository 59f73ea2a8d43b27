//! Host check of the control API: protection against DNS rebinding and cross-origin requests.
//!
//! A web page can let a name of its own resolve to 127.0.0.1 (DNS rebinding) and then read responses from there.
//! The browser still sends that name as `Host`, and the page's origin as `Origin`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::http::uri::Authority;

use crate::http::Request;

/// Loopback names, the address that the sandbox listens on, and the hosts of [`Builder::allowed_hosts`].
///
/// [`Builder::allowed_hosts`]: crate::Builder::allowed_hosts
#[derive(Debug)]
pub(crate) struct AllowedHosts {
    listening_on: IpAddr,
    others: Vec<String>,
}

impl AllowedHosts {
    pub(crate) fn new(listening_on: IpAddr, others: &[String]) -> Self {
        Self { listening_on, others: others.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// Whether `Host`, `Origin` and the request target name allowed hosts only.
    pub(crate) fn allows(&self, request: &Request) -> bool {
        let mut hosts = request.headers.get_all("host").iter();
        let host = hosts.next().is_some_and(|host| host.to_str().is_ok_and(|host| self.is_allowed(host)));
        // With two `Host` headers, a proxy and a browser may disagree on which one counts.
        let is_only_host = hosts.next().is_none();
        // An absolute request target names the host in place of `Host`.
        let target = request.authority.as_ref().is_none_or(|target| self.is_allowed(target.as_str()));
        let is_own = |origin: &str| {
            let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            host.is_some_and(|host| self.is_allowed(host))
        };
        let mut origins = request.headers.get_all("origin").iter();
        let origin = origins.all(|origin| origin.to_str().is_ok_and(is_own));
        host && is_only_host && target && origin
    }

    /// Whether this is an allowed host, with or without a port.
    fn is_allowed(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        // `localhost@example.com` is a user name and the host `example.com`.
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host().to_ascii_lowercase();
        // The trailing dot of a fully qualified name changes nothing.
        let host = host.strip_suffix('.').unwrap_or(&host);
        is_loopback(host)
            || ip_address(host).is_some_and(|address| address == self.listening_on)
            || self.others.iter().any(|other| matches(other, host))
    }
}

fn is_loopback(host: &str) -> bool {
    let name = host == "localhost" || host.ends_with(".localhost");
    name || ip_address(host).is_some_and(|address| address.is_loopback())
}

fn ip_address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().ok().map(IpAddr::from),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::from),
    }
}

/// Whether a setting covers this host. `*` covers any host, `.example.com` that domain and its subdomains.
fn matches(allowed: &str, host: &str) -> bool {
    match allowed.strip_prefix('.') {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
        None => allowed == "*" || allowed == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(listening_on: [u8; 4], others: &[&str], host: &str) -> bool {
        let others: Vec<_> = others.iter().map(|host| (*host).to_owned()).collect();
        AllowedHosts::new(listening_on.into(), &others).is_allowed(host)
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
            assert!(is_allowed([127, 0, 0, 1], &[], host), "{host}");
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
            assert!(!is_allowed([127, 0, 0, 1], &[], host), "{host}");
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
        for (rule, allowed, rejected) in rules {
            for host in allowed {
                assert!(is_allowed([127, 0, 0, 1], &[rule], host), "{rule} {host}");
            }
            for host in rejected {
                assert!(!is_allowed([127, 0, 0, 1], &[rule], host), "{rule} {host}");
            }
        }
        assert!(is_allowed([10, 0, 0, 5], &[], "10.0.0.5:80"), "the address that the sandbox listens on");
    }
}
