//! Every layer around one provider.

use std::sync::Arc;
use std::time::Duration;

use otp_facade::layers::RetryPolicy;
use otp_facade::stores::MemoryStore;
use otp_facade::{GuardSettings, OtpProvider, OtpProviderExt, RequestDefaults};

/// Wraps a provider in a layer.
pub(crate) type Layer = Box<dyn Fn(Box<dyn OtpProvider>) -> Box<dyn OtpProvider>>;

/// Each layer, with its name. A failover has several providers, and is not among them.
pub(crate) fn layers() -> [(&'static str, Layer); 7] {
    let settings = || GuardSettings::new("a key of at least 32 characters, for tests");
    let wrap = |provider: Box<dyn OtpProvider>| -> Box<dyn OtpProvider> {
        let shared: Arc<dyn OtpProvider> = Arc::from(provider);
        Box::new(shared)
    };
    [
        ("pointers", Box::new(wrap)),
        ("retry", Box::new(|inner| Box::new(inner.with_retry(RetryPolicy::default())))),
        ("timeout", Box::new(|inner| Box::new(inner.with_timeout(Duration::from_secs(30))))),
        (
            "guard",
            Box::new(move |inner| {
                Box::new(inner.with_guard(MemoryStore::new(), settings()).expect("a guard"))
            }),
        ),
        ("tracing", Box::new(|inner| Box::new(inner.with_tracing()))),
        ("detached", Box::new(|inner| Box::new(inner.with_detached()))),
        (
            "defaults",
            Box::new(|inner| Box::new(inner.with_defaults(RequestDefaults::new()).expect("defaults"))),
        ),
    ]
}
