//! Metrics for Prometheus.

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use stageplay_core::api::State;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct BuildLabels {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

/// All metrics of a server.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    pub(super) accepted: Counter,
    pub(super) waiting: Gauge,
    pub(super) running: Gauge,
    pub(super) streams: Gauge,
    ended: Family<BuildLabels, Counter>,
    seconds: Histogram,
    requests: Family<RequestLabels, Counter>,
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
        registry.register("builds_accepted", "Builds that were accepted", metrics.accepted.clone());
        registry.register("builds_waiting", "Builds in the queue", metrics.waiting.clone());
        registry.register("builds_running", "Builds that are running", metrics.running.clone());
        registry.register("builds_ended", "Builds that have ended, by final state", metrics.ended.clone());
        registry.register("build_seconds", "Seconds from the start of a build to its image", metrics.seconds.clone());
        registry.register("event_streams", "Open event streams", metrics.streams.clone());
        registry.register(
            "requests",
            "Requests that were answered, by route and HTTP status",
            metrics.requests.clone(),
        );
        Metrics { registry, ..metrics }
    }

    /// Counts a build that has ended. `seconds` is the time from its start to its image.
    pub(super) fn build_ended(&self, state: State, seconds: Option<f64>) {
        let state = match state {
            State::Succeeded => "succeeded",
            State::Cancelled => "cancelled",
            _ => "failed",
        };
        self.ended.get_or_create(&BuildLabels { state }).inc();
        if let Some(seconds) = seconds {
            self.seconds.observe(seconds);
        }
    }

    /// Counts an answered request. `route` is the pattern of the route, not the path, so that the number of label
    /// values is small.
    pub(super) fn request_answered(&self, route: &str, status: u16) {
        self.requests.get_or_create(&RequestLabels { route: route.to_string(), status }).inc();
    }

    /// Returns all metrics in the OpenMetrics text format.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let _ = encode(&mut text, &self.registry);
        text
    }
}
