//! The sandbox as a program: its options, and what it prints. The binaries `otp-sandbox` and `otp sandbox` share it.

mod log;
mod printer;

use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, Ipv4Addr};

use clap::Args;

use self::log::Log;
use self::printer::Printer;
use crate::{Builder, Provider, Sandbox};

/// The port of the page, if it is free.
const PAGE_PORT: u16 = 4000;

/// Options of the program.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Arguments {
    /// Port of the inbox page; 0 lets the system choose [default: 4000, or the next one that is free]
    #[arg(long, value_name = "PORT")]
    pub page_port: Option<u16>,
    /// Print the page's address only, and no messages or requests
    #[arg(long, short)]
    pub quiet: bool,
    /// Seed of the random codes, ids and tokens [default: random]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// First of consecutive ports, one for each provider in the order that is printed [default: chosen by the system]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port_base: Option<u16>,
    /// Calls that each provider allows in a minute [default: unlimited]
    #[arg(long, value_name = "CALLS")]
    pub rate_limit: Option<u32>,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Allow an address that other machines can reach. They can then read the inbox
    #[arg(long)]
    pub allow_remote: bool,
    /// Additional hosts that page and controls answer to, separated by commas: a name, `.example.com` for a domain
    /// and its subdomains, or `*` for any
    #[arg(long, value_name = "HOSTS", value_delimiter = ',')]
    pub allowed_hosts: Vec<String>,
}

/// Starts a sandbox with its page, prints what happens in it, and returns when the program is interrupted.
///
/// # Errors
///
/// If a port cannot be taken. What cannot be printed is left out: a sandbox goes on when its terminal is gone.
pub async fn run(arguments: Arguments) -> io::Result<()> {
    let quiet = arguments.quiet;
    let sandbox = builder(arguments)?.start().await.map_err(explain)?;
    let printer = Printer::start()?;
    printer.print(announcement(&sandbox, quiet));
    if quiet {
        tokio::signal::ctrl_c().await?;
    } else {
        let mut log = Log::new(&sandbox);
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            () = log.print_to(&printer) => {}
        }
    }
    sandbox.shutdown().await;
    Ok(())
}

fn builder(arguments: Arguments) -> io::Result<Builder> {
    let mut builder = Sandbox::builder()
        .host(arguments.host)
        .allow_remote(arguments.allow_remote)
        .allowed_hosts(arguments.allowed_hosts)
        .rate_limit(arguments.rate_limit);
    builder = match arguments.page_port {
        Some(port) => builder.page_port(port),
        None => builder.page_port_from(PAGE_PORT),
    };
    if let Some(seed) = arguments.seed {
        builder = builder.seed(seed);
    }
    if let Some(first) = arguments.port_base {
        let mut ports = first..=u16::MAX;
        for provider in Provider::ALL {
            let port = ports.next().ok_or_else(|| {
                let count = Provider::ALL.len();
                let message = format!("--port-base must leave room for {count} ports below 65536");
                io::Error::new(io::ErrorKind::InvalidInput, message)
            })?;
            builder = builder.port_of(provider, port);
        }
    }
    Ok(builder)
}

fn explain(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::AddrInUse {
        let message = "a port is taken: choose others with --page-port and --port-base";
        return io::Error::new(error.kind(), message);
    }
    error
}

fn announcement(sandbox: &Sandbox, quiet: bool) -> String {
    let page = sandbox.page_url().unwrap_or_default();
    let strong = anstyle::Style::new().bold();
    let mut text = format!("Inbox page     {strong}{page}{strong:#}\n");
    if quiet {
        return text;
    }
    text.push_str("\nSANDBOX: none of these is a real provider. No message leaves this machine.\n\n");
    for provider in Provider::ALL {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{:<14} {}", provider.slug(), sandbox.base_url(provider));
    }
    let (seed, controls) = (sandbox.seed(), sandbox.control_url());
    let _ = writeln!(text, "\nseed           {seed}\nall controls   curl {controls}\n");
    text
}
