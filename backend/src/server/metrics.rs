//! Counters for Prometheus.

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use stageplay_core::api::State;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ending {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answer {
    route: String,
    status: u16,
}

/// Everything that is counted.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    pub(super) accepted: Counter,
    pub(super) waiting: Gauge,
    pub(super) running: Gauge,
    pub(super) streams: Gauge,
    ended: Family<Ending, Counter>,
    seconds: Histogram,
    requests: Family<Answer, Counter>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let metrics = Metrics {
            registry: Registry::default(),
            accepted: Counter::default(),
            waiting: Gauge::default(),
            running: Gauge::default(),
            streams: Gauge::default(),
            ended: Family::default(),
            seconds: Histogram::new(exponential_buckets(0.25, 2.0, 12)),
            requests: Family::default(),
        };
        let mut registry = Registry::with_prefix("stageplay");
        registry.register("builds_accepted", "Builds taken on", metrics.accepted.clone());
        registry.register("builds_waiting", "Builds in the queue", metrics.waiting.clone());
        registry.register("builds_running", "Builds being carried out", metrics.running.clone());
        registry.register("builds_ended", "Builds that are over, by how they ended", metrics.ended.clone());
        registry.register("build_seconds", "Seconds from the first step to the image", metrics.seconds.clone());
        registry.register("event_streams", "Open event streams", metrics.streams.clone());
        registry.register("requests", "Requests answered, by route and status", metrics.requests.clone());
        Metrics { registry, ..metrics }
    }

    pub(super) fn ended(&self, state: State, seconds: Option<f64>) {
        let state = match state {
            State::Succeeded => "succeeded",
            State::Cancelled => "cancelled",
            _ => "failed",
        };
        self.ended.get_or_create(&Ending { state }).inc();
        if let Some(seconds) = seconds {
            self.seconds.observe(seconds);
        }
    }

    /// `route` is the pattern and not the path: there are few of them.
    pub(super) fn answered(&self, route: &str, status: u16) {
        self.requests.get_or_create(&Answer { route: route.to_string(), status }).inc();
    }

    /// In the OpenMetrics text format.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let _ = encode(&mut text, &self.registry);
        text
    }
}
