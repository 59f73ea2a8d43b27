//! The program `otp-sandbox`: starts the services, prints their URLs, and serves until it is interrupted.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};

use clap::Parser;
use otp_sandbox::{Provider, Sandbox};

/// Simulates four one-time-password services. No message leaves this machine.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Seed of the random codes, ids and tokens [default: random]
    #[arg(long)]
    seed: Option<u64>,
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Allow an address that other machines can reach. They can then read the inbox
    #[arg(long)]
    allow_remote: bool,
    /// Additional hosts that the control API answers to, separated by commas: a name, `.example.com` for a domain
    /// and its subdomains, or `*` for any
    #[arg(long, value_delimiter = ',')]
    allowed_hosts: Vec<String>,
    /// First of four consecutive ports (agilicus, deutsche-bank, equinix-metal, smscx) [default: chosen by the
    /// system]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=65532))]
    port_base: Option<u16>,
    /// Calls that each provider allows in a minute [default: unlimited]
    #[arg(long)]
    rate_limit: Option<u32>,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let mut builder = Sandbox::builder()
        .host(arguments.host)
        .allow_remote(arguments.allow_remote)
        .allowed_hosts(arguments.allowed_hosts)
        .rate_limit(arguments.rate_limit);
    if let Some(seed) = arguments.seed {
        builder = builder.seed(seed);
    }
    if let Some(first) = arguments.port_base {
        for (provider, port) in Provider::ALL.into_iter().zip(first..) {
            builder = builder.port_of(provider, port);
        }
    }
    let sandbox = builder.start().await?;
    announce(&sandbox)?;
    tokio::signal::ctrl_c().await?;
    sandbox.shutdown().await;
    Ok(())
}

fn announce(sandbox: &Sandbox) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "SANDBOX: none of these is a real provider. No message leaves this machine.")?;
    writeln!(out)?;
    for provider in Provider::ALL {
        writeln!(out, "{:<14} {}", provider.slug(), sandbox.base_url(provider))?;
    }
    writeln!(out)?;
    writeln!(out, "seed           {}", sandbox.seed())?;
    writeln!(out, "read messages  curl {}/inbox", sandbox.control_url())?;
    writeln!(out, "all controls   curl {}", sandbox.control_url())?;
    out.flush()
}
