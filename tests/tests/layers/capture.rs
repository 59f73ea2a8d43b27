//! Captures spans and events, as text and by their names.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use tracing::field::FieldSet;
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

/// Name, target and level of a span or an event, and the names of its fields.
pub(crate) type Seen = (String, String, String, Vec<&'static str>);

thread_local! {
    static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
    static TEXT: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Everything that is traced on this thread, at every level, for as long as this lives.
///
/// There is one subscriber for all threads: with one for each, a thread that has none can make a span be taken for
/// one that nobody wants.
pub(crate) struct Capture(());

impl Capture {
    pub(crate) fn start() -> Self {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
                .with_ansi(false)
                .with_writer(|| Writer);
            let subscriber = subscriber.finish().with(Names);
            tracing::subscriber::set_global_default(subscriber).expect("there is no other");
        });
        tracing::callsite::rebuild_interest_cache();
        TEXT.set(Some(Vec::new()));
        SEEN.take();
        Self(())
    }

    pub(crate) fn text(&self) -> String {
        TEXT.with_borrow(|text| String::from_utf8_lossy(text.as_deref().unwrap_or_default()).into_owned())
    }
}

impl Capture {
    /// The spans and events of this project.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        SEEN.with_borrow(Clone::clone)
    }
}

/// Records what the spans and events are called.
struct Names;

impl Names {
    fn note(metadata: &tracing::Metadata<'_>, fields: &FieldSet) {
        if metadata.target().starts_with("otp_") {
            let fields = fields.iter().map(|field| field.name()).filter(|name| *name != "message").collect();
            let (name, target) = (metadata.name().to_owned(), metadata.target().to_owned());
            SEEN.with_borrow_mut(|seen| seen.push((name, target, metadata.level().to_string(), fields)));
        }
    }
}

impl<S: Subscriber> Layer<S> for Names {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        Self::note(attributes.metadata(), attributes.metadata().fields());
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        Self::note(event.metadata(), event.metadata().fields());
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        TEXT.set(None);
    }
}

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TEXT.with_borrow_mut(|text| text.as_mut().map(|text| text.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
