"""Every metric: its name, what it counts, and its labels. The reference page and the registry are both made from it."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Prometheus's own."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. Units are base units, and end its name: seconds, bytes, ratio."""

    name: str
    """Of a counter with its `_total`."""
    kind: Kind
    about: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    """Upper edges, of a histogram."""


def _counter(name: str, about: str, *labels: str) -> Metric:
    return Metric(name, Kind.COUNTER, about, labels)


def _gauge(name: str, about: str, *labels: str) -> Metric:
    return Metric(name, Kind.GAUGE, about, labels)


def _histogram(name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Metric:
    return Metric(name, Kind.HISTOGRAM, about, labels, buckets)


TIMING_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
GAP_S = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
ANSWER_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

OPENING_ERROR = _histogram(
    "nightside_shot_opening_error_seconds",
    "How far from its planned instant each shutter opened; by the sync contact where one is wired, else by the body.",
    TIMING_S,
    "measured_by",
)
GAP = _histogram(
    "nightside_shot_gap_seconds", "From the closing of a shutter to its next opening, of shots that follow each other.", GAP_S
)
SHOTS = _counter("nightside_shots_total", "Shots that were exposed or missed, as it was told first.", "outcome")
WINDOWS = _counter("nightside_windows_total", "Windows that are closed, by how they went.", "outcome")
DRAINED = _counter("nightside_drained_bytes_total", "Bytes that came from cards into the spool.")
STORED = _counter("nightside_stored_files_total", "Copies that were verified in a sink.", "sink")
CALLS = _counter("nightside_calls_for_a_person_total", "How often a person was called.")
RUNGS = _counter("nightside_ladder_rungs_total", "Rungs that were taken to have a body back.", "body", "rung")

FRAMES = _gauge("nightside_frames", "Files in the ledger, by how far they have come: on-card is the drain's backlog.", "state")
FRAME_BYTES = _gauge("nightside_frames_bytes", "Their bytes; files that are on a card alone count none.", "state")
SINK_BACKLOG = _gauge("nightside_sink_backlog_files", "Files in the spool that a sink does not hold yet.", "sink")
SINK_BACKLOG_BYTES = _gauge("nightside_sink_backlog_bytes", "Their bytes.", "sink")
SINK_FAILING = _gauge("nightside_sink_failing", "1 while a sink fails.", "sink")
SINK_FREE = _gauge("nightside_sink_free_bytes", "What a sink had left when it was last fed, where that can be known.", "sink")
SPOOL_FREE = _gauge("nightside_spool_free_bytes", "What may still be written to the spool's disk.")

CLOCK_TRUST = _gauge("nightside_clock_trust", "1 for what keeps the computer's clock.", "level")
CLOCK_SIGMA = _gauge("nightside_clock_sigma_seconds", "One standard deviation of UTC as it is read here, where that is known.")
ELEMENT_AGE = _gauge("nightside_element_age_seconds", "How long after their epoch the elements in use are.")
ELEMENT_ERROR = _gauge("nightside_element_error_seconds", "What their age may move the edges of windows by.")

SESSION_PHASE = _gauge("nightside_session_phase", "1 for how far the watch over a body has come.", "body", "phase")
WINDOW_PHASE = _gauge("nightside_window_phase", "1 for how far its window has come.", "body", "phase")
SHUTTER_OPEN = _gauge("nightside_shutter_open", "1 while a body's shutter is open.", "body")
BODY_TROUBLE = _gauge("nightside_body_trouble", "1 while a body is not ready for what is asked of it.", "body")
BODY_PAUSED = _gauge("nightside_body_paused", "1 while a person has paused a body.", "body")
BATTERY = _gauge("nightside_body_battery_ratio", "What a body's battery had left when it was last asked, of 1.", "body")
CARD_FRAMES = _gauge("nightside_body_card_frames_left", "Frames that its card had room for when it was last asked.", "body")

OVERDUE = _gauge("nightside_parts_overdue", "Parts of the daemon that hang, as its watchdog sees it.")
FINDINGS = _gauge("nightside_agenda_finding", "1 where the agenda found something wrong when it last looked.", "entry")
CHILDREN = _gauge("nightside_children", "Processes of the daemon, by what they own.", "owns")
CHILD_RSS = _gauge("nightside_children_resident_memory_bytes", "Their memory.", "owns")
LOOP_LATENCY = _histogram("nightside_event_loop_latency_seconds", "How late the event loop wakes up for what is due.", ANSWER_S)
REQUESTS = _counter("nightside_http_requests_total", "Requests to the API, by route and status.", "route", "code")
ANSWERS = _histogram(
    "nightside_http_answer_seconds", "From a request's arrival to the beginning of its answer.", ANSWER_S, "route"
)
BUILD = _gauge("nightside_build_info", "1, with what is running.", "version", "python")

METRICS: tuple[Metric, ...] = tuple(value for value in globals().copy().values() if isinstance(value, Metric))
"""All of them, in the order in which they stand here."""


def page() -> str:
    """docs/reference/metrics.md."""
    lines = [
        "# Metrics",
        "",
        "A daemon with an `[api]` table tells these at `/metrics`, in Prometheus's text format or as OpenMetrics, to whoever may",
        "watch: to anybody on this computer, to others with a token ([api.md](api.md)). They begin anew with the daemon; what must",
        "outlast it is in the ledger. Beside them are the client's own of the process (`process_resident_memory_bytes` …).",
        "`config/prometheus-alerts.yml` has alerts to begin with.",
        "",
        "| metric | kind | labels | what it is |",
        "| --- | --- | --- | --- |",
    ]
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.about} |")
    return "\n".join(lines) + "\n"
