/* The language as a table. Defaults are what a real deployment would have: network and disk as measured on a
 * RabbitMQ cluster (TCP round trip 47 us median and 0.61 ms p99, half of it one way; append and fdatasync 124 us
 * and 447 us), the rest as brokers come.
 *
 * Detectors are the exception: RabbitMQ comes with 60 s between nodes and for clients, and a run of a minute would
 * never see one act. So clients have 5 s, the least that its documentation recommends (below it, heartbeats that are
 * only late cut connections), and nodes, which share a rack, 2 s. */
#include "sim/plan/keys.h"

#include <stddef.h>

#include "sim/plan/plan.h"

#define FIELD(type, field) .offset = offsetof(struct type, field), .bytes = sizeof(((struct type *)0)->field)
#define LATER(in, key, text)                                                                                           \
    {                                                                                                                  \
        .place = in, .name = key, .shape = KEY_LATER, .line = text                                                     \
    }
#define MS 1000000
/* A detector lies at its time-out in the plan. */
#define DETECTOR(in, field, timeout)                                                                                   \
    {in,                                                                                                               \
     "kind",                                                                                                           \
     KEY_WORD,                                                                                                         \
     .words = "heartbeat|!phi|!freshness|!monitor",                                                                    \
     .normal = "heartbeat",                                                                                            \
     .line = "heartbeats both ways, sent after half the timeout without other traffic"},                               \
        {in,                                                                                                           \
         "timeout",                                                                                                    \
         KEY_DURATION,                                                                                                 \
         .bytes = sizeof(((struct plan *)0)->field),                                                                   \
         .min = MS,                                                                                                    \
         .zero = "never",                                                                                              \
         .normal = timeout,                                                                                            \
         .line = "the other is given up after two to three of these without a byte"},                                  \
        LATER(in, "interval", "between heartbeats"), LATER(in, "threshold", "phi: the suspicion that is enough"),      \
        LATER(in, "window", "phi, freshness: arrivals remembered"), LATER(in, "alpha", "freshness: safety margin"),    \
        LATER(in, "min-deviation", "phi: least deviation assumed"), LATER(in, "pause", "phi: silence accepted")

/* clang-format off */
const struct key keys[] = {
    {IN_SCENARIO, "name", KEY_OWN, .line = "what reports call it; the file's name without its ending"},
    {IN_SCENARIO, "description", KEY_TEXT, FIELD(plan, description),
     .line = "what it is for; may be folded with > or |"},
    {IN_SCENARIO, "seed", KEY_COUNT, FIELD(plan, seed), .normal = "1", .line = "of all chance in a run; --seed wins"},
    {IN_SCENARIO, "duration", KEY_DURATION, FIELD(plan, duration_ns), .min = 1, .normal = "60s",
     .line = "length of the load phase"},
    {IN_SCENARIO, "warm-up", KEY_DURATION, FIELD(plan, warm_up_ns), .normal = "0s",
     .line = "prefix of the load phase that is not measured"},
    {IN_SCENARIO, "drain", KEY_MAP, .inner = IN_DRAIN, .line = "what happens after the load phase"},
    {IN_SCENARIO, "measures", KEY_MAP, .inner = IN_MEASURES, .line = "how availability is measured"},
    {IN_SCENARIO, "cluster", KEY_MAP, .inner = IN_CLUSTER, .line = "the nodes"},
    {IN_SCENARIO, "network", KEY_MAP, .inner = IN_NETWORK, .line = "what joins nodes and clients"},
    {IN_SCENARIO, "queues", KEY_NAMED, .inner = IN_QUEUE, .line = "the queues, by name"},
    {IN_SCENARIO, "producers", KEY_NAMED, .inner = IN_PRODUCER, .line = "groups of clients that publish, by name"},
    {IN_SCENARIO, "consumers", KEY_NAMED, .inner = IN_CONSUMER, .line = "groups of clients that consume, by name"},
    {IN_SCENARIO, "faults", KEY_LIST, .inner = IN_FAULT, .line = "what goes wrong, and when"},
    {IN_SCENARIO, "expect", KEY_NAMED, .inner = IN_EXPECT, .line = "what must hold: a measure and a condition"},
    {IN_SCENARIO, "check", KEY_MAP, FIELD(plan, check), .inner = IN_CHECK, .line = "bounds of the model checker"},
    {IN_SCENARIO, "variants", KEY_NAMED, .inner = IN_SCENARIO,
     .line = "overlays to compare, by name: keys that differ from the scenario's"},
    LATER(IN_SCENARIO, "profile", "defaults of a real system"),
    LATER(IN_SCENARIO, "include", "another file laid under this one"),
    LATER(IN_SCENARIO, "model", "somebody's own model instead of the broker"),
    LATER(IN_SCENARIO, "exchanges", "exchanges beside the default one"),
    LATER(IN_SCENARIO, "bindings", "which exchange feeds which queue"),
    LATER(IN_SCENARIO, "vary", "a grid of values to compare"),

    {IN_DRAIN, "for", KEY_DURATION, FIELD(plan, drain_ns), .normal = "30s",
     .line = "how long the system gets to settle; what has not arrived then is missing"},
    {IN_DRAIN, "heal", KEY_WORD, FIELD(plan, heal), .words = "none|all|!core", .normal = "all",
     .line = "which faults end with the load phase"},

    {IN_MEASURES, "window", KEY_DURATION, FIELD(plan, window_ns), .min = MS, .normal = "1s",
     .line = "availability over time counts windows of this length"},
    {IN_MEASURES, "threshold", KEY_SHARE, FIELD(plan, threshold_ppm), .min = 1, .normal = "99%",
     .line = "a window is up when this share of its requests succeeded"},
    {IN_MEASURES, "deadline", KEY_DURATION, FIELD(plan, deadline_ns), .min = 1, .normal = "5s",
     .line = "an answer later than this counts as a failure"},

    {IN_CLUSTER, "nodes", KEY_OWN, .normal = "1", .line = "a count, or a list of names"},
    {IN_CLUSTER, "cpu", KEY_DISTRIBUTION, FIELD(plan, cpu), .normal = "10us",
     .line = "service time per message at a node"},
    {IN_CLUSTER, "disk", KEY_MAP, .inner = IN_DISK, .line = "the disk of each node"},
    {IN_CLUSTER, "detector", KEY_MAP, .offset = offsetof(struct plan, detector_ns), .inner = IN_DETECTOR,
     .line = "how nodes find out that another is gone"},
    {IN_CLUSTER, "client-detector", KEY_MAP, .offset = offsetof(struct plan, client_detector_ns),
     .inner = IN_CLIENT_DETECTOR, .line = "how a client and its node find out that the other is gone"},
    {IN_CLUSTER, "partition-handling", KEY_WORD, FIELD(plan, partition_handling),
     .words = "pause-minority|ignore|!autoheal", .normal = "pause-minority",
     .line = "what a node does that cannot see a majority: stop serving, or whatever it likes"},
    {IN_CLUSTER, "placement", KEY_WORD, .words = "balanced|!client-local|!random", .normal = "balanced",
     .line = "the first primary of the first queue is on the first node, of the second on the second, and so on"},
    LATER(IN_CLUSTER, "racks", "which nodes share a rack"),
    LATER(IN_CLUSTER, "memory", "high watermark of memory"),
    LATER(IN_CLUSTER, "disk-free-limit", "publishers are blocked below it"),
    LATER(IN_CLUSTER, "clock", "skew and drift"),

    {IN_DISK, "append", KEY_DISTRIBUTION, FIELD(plan, disk_append), .normal = "5us",
     .line = "a write to the operating system"},
    {IN_DISK, "fsync", KEY_DISTRIBUTION, FIELD(plan, disk_fsync), .normal = "lognormal(median 124us p99 447us)",
     .line = "an fsync"},
    {IN_DISK, "bandwidth", KEY_BANDWIDTH, FIELD(plan, disk_bandwidth), .normal = "500MB/s", .line = "bytes per second"},
    LATER(IN_DISK, "capacity", "bytes the disk holds"),

    DETECTOR(IN_DETECTOR, detector_ns, "2s"),
    DETECTOR(IN_CLIENT_DETECTOR, client_detector_ns, "5s"),

    {IN_NETWORK, "latency", KEY_DISTRIBUTION, FIELD(plan, latency), .normal = "lognormal(median 25us p99 300us)",
     .line = "one way, of each frame"},
    {IN_NETWORK, "bandwidth", KEY_BANDWIDTH, FIELD(plan, bandwidth), .normal = "1250MB/s",
     .line = "of each link and direction"},
    {IN_NETWORK, "loss", KEY_SHARE, FIELD(plan, loss_ppm), .max = 990000, .normal = "0%",
     .line = "of packets; each costs a retransmission time-out: 200 ms, doubling"},
    LATER(IN_NETWORK, "transport", "stream or datagram"),
    LATER(IN_NETWORK, "links", "overrides per link"),

    {IN_QUEUE, "replication", KEY_WORD, FIELD(plan_queue, replication),
     .words = "none|active|passive|!quorum|!chain", .normal = "none",
     .line = "on how many nodes a message lies, and who says so: active, the clients; passive, a primary"},
    {IN_QUEUE, "replicas", KEY_OWN, .line = "replicated: how many nodes hold it (all of them)"},
    {IN_QUEUE, "confirm-after", KEY_OWN, .normal = "all",
     .line = "who must have a message before it is confirmed: passive: primary, one (backup) or all; "
             "active: one, majority or all (that the producer reaches)"},
    {IN_QUEUE, "ship", KEY_OWN, .inner = IN_SHIP, .line = "passive: when backups are told; at once"},
    {IN_QUEUE, "recovery", KEY_OWN, .words = "active|passive|!none",
     .line = "who redistributes after a failure: with active replication the clients (active), otherwise the new "
             "primary (passive)"},
    {IN_QUEUE, "catch-up", KEY_OWN,
     .line = "whether a replica that missed messages gets them (passive: true; active: false)"},
    {IN_QUEUE, "durable", KEY_BOOL, FIELD(plan_queue, durable), .normal = "true",
     .line = "survives a restart, with its persistent messages"},
    {IN_QUEUE, "fsync", KEY_OWN, .inner = IN_FSYNC, .words = "each|group|never", .normal = "each",
     .line = "each, never, or {group: INTERVAL}: one fsync for many messages (group alone: 1ms)"},
    {IN_QUEUE, "dispatch", KEY_WORD, FIELD(plan_queue, dispatch),
     .words = "round-robin|random|!least-loaded|!two-choices|!weighted|!consistent-hash", .normal = "round-robin",
     .line = "which consumer gets the next message"},
    LATER(IN_QUEUE, "re-replicate-after", "when a lost replica is replaced"),
    LATER(IN_QUEUE, "election", "how a new leader is chosen"),
    LATER(IN_QUEUE, "hash-by", "what consistent-hash hashes"),
    LATER(IN_QUEUE, "max-length", "most messages it holds"),
    LATER(IN_QUEUE, "overflow", "what happens beyond max-length"),
    LATER(IN_QUEUE, "ttl", "messages older than this are dropped"),
    LATER(IN_QUEUE, "dead-letter", "where dropped messages go"),
    LATER(IN_QUEUE, "delivery-limit", "most deliveries of one message"),
    LATER(IN_QUEUE, "priorities", "levels of priority"),
    LATER(IN_QUEUE, "single-active-consumer", "one consumer at a time"),

    {IN_FSYNC, "group", KEY_DURATION, FIELD(plan_queue, fsync_interval_ns), .min = 1,
     .line = "how long the first waits for others"},

    {IN_SHIP, "every", KEY_DURATION, FIELD(plan_queue, ship_every_ns), .normal = "0s",
     .line = "in batches, at multiples of this; 0s: each at once"},
    {IN_SHIP, "delay", KEY_DURATION, FIELD(plan_queue, ship_delay_ns), .normal = "0s",
     .line = "each so long after it was made"},

    {IN_PRODUCER, "count", KEY_COUNT, FIELD(plan_producer, count), .min = 1, .max = 10000, .normal = "1",
     .line = "clients of this kind"},
    {IN_PRODUCER, "queue", KEY_OWN, .line = "where they publish to"},
    {IN_PRODUCER, "rate", KEY_OWN, .line = "arrivals: a Poisson process, of each of them"},
    {IN_PRODUCER, "every", KEY_OWN, .line = "arrivals: one after each interval"},
    {IN_PRODUCER, "arrivals", KEY_OWN, .line = "arrivals: recorded times (and sizes) from a CSV file"},
    {IN_PRODUCER, "closed-loop", KEY_OWN, .inner = IN_CLOSED_LOOP, .line = "arrivals: the next when one is answered"},
    {IN_PRODUCER, "messages", KEY_COUNT, FIELD(plan_producer, messages), .min = 1, .zero = "unlimited",
     .normal = "unlimited", .line = "each stops after so many"},
    {IN_PRODUCER, "size", KEY_SIZE, FIELD(plan_producer, size_bytes), .min = 1, .max = 1 << 27, .normal = "256B",
     .line = "of a message"},
    {IN_PRODUCER, "confirms", KEY_BOOL, FIELD(plan_producer, confirms), .normal = "true",
     .line = "asks the broker for publisher confirms"},
    {IN_PRODUCER, "mandatory", KEY_BOOL, FIELD(plan_producer, mandatory), .normal = "false",
     .line = "what no queue takes comes back"},
    {IN_PRODUCER, "persistent", KEY_BOOL, FIELD(plan_producer, persistent), .normal = "true",
     .line = "messages go to disk in a durable queue"},
    {IN_PRODUCER, "max-in-flight", KEY_COUNT, FIELD(plan_producer, in_flight_max), .min = 1, .max = 100000,
     .zero = "unlimited", .normal = "1000", .line = "unanswered messages at most; the rest waits in the client"},
    {IN_PRODUCER, "deadline", KEY_DURATION, FIELD(plan_producer, deadline_ns), .min = 1, .zero = "never",
     .normal = "never", .line = "gives a message up that would be sent, or sent again, later than this"},
    {IN_PRODUCER, "retry", KEY_MAP, .inner = IN_RETRY, .line = "sending again"},
    {IN_PRODUCER, "connect", KEY_OWN, .line = "the node that it tries first; then the others in their order"},
    LATER(IN_PRODUCER, "exchange", "publishes to an exchange"),
    LATER(IN_PRODUCER, "routing-key", "with this key"),
    LATER(IN_PRODUCER, "priority", "of its messages"),
    LATER(IN_PRODUCER, "ttl", "of its messages"),
    LATER(IN_PRODUCER, "headers", "of its messages"),
    LATER(IN_PRODUCER, "heartbeat", "of its connections"),

    {IN_CLOSED_LOOP, "in-flight", KEY_COUNT, FIELD(plan_producer, in_flight_max), .min = 1, .max = 100000,
     .line = "unanswered messages at any time"},

    {IN_RETRY, "timeout", KEY_DURATION, FIELD(plan_producer, retry_timeout_ns), .min = MS, .zero = "never",
     .normal = "10s", .line = "without an answer for so long, it reconnects and sends again"},
    {IN_RETRY, "attempts", KEY_COUNT, FIELD(plan_producer, attempts_max), .min = 1, .zero = "unlimited",
     .normal = "unlimited", .line = "sends of one message to a node that takes it; 1: never again"},
    {IN_RETRY, "backoff", KEY_RANGE, .offset = offsetof(struct plan_producer, backoff_min_ns), .bytes = 16, .min = 1,
     .normal = "100ms..5s", .line = "before it connects again; doubles from the first to the second"},

    {IN_CONSUMER, "count", KEY_COUNT, FIELD(plan_consumer, count), .min = 1, .max = 10000, .normal = "1",
     .line = "clients of this kind"},
    {IN_CONSUMER, "queue", KEY_OWN, .line = "what they consume"},
    {IN_CONSUMER, "prefetch", KEY_COUNT, FIELD(plan_consumer, prefetch), .min = 1, .max = 65535, .zero = "unlimited",
     .normal = "100", .line = "unacknowledged messages at most, each"},
    {IN_CONSUMER, "service", KEY_DISTRIBUTION, FIELD(plan_consumer, service), .normal = "500us",
     .line = "time to work on a message"},
    {IN_CONSUMER, "ack", KEY_WORD, FIELD(plan_consumer, auto_ack), .words = "manual|auto", .normal = "manual",
     .line = "after the work, or on delivery"},
    {IN_CONSUMER, "dedupe", KEY_MAP, .inner = IN_DEDUPE, .line = "recognising messages it has seen"},
    {IN_CONSUMER, "reject", KEY_MAP, .inner = IN_REJECT, .line = "refusing messages after the work"},
    {IN_CONSUMER, "double-ack", KEY_SHARE, FIELD(plan_consumer, ack_again_ppm), .normal = "0%",
     .line = "acks that a careless client sends twice; a broker answers 406"},
    {IN_CONSUMER, "connect", KEY_OWN, .line = "the node that it tries first; then the others in their order"},
    LATER(IN_CONSUMER, "weight", "its share with dispatch: weighted"),
    LATER(IN_CONSUMER, "priority", "served before consumers of a lower one"),
    LATER(IN_CONSUMER, "heartbeat", "of its connections"),

    {IN_DEDUPE, "window", KEY_COUNT, FIELD(plan_consumer, dedupe_window), .max = 10000000, .normal = "0",
     .line = "messages remembered; 0: none; {} alone: 100000"},

    {IN_REJECT, "probability", KEY_SHARE, FIELD(plan_consumer, reject_ppm), .normal = "0%",
     .line = "share of messages refused"},
    {IN_REJECT, "requeue", KEY_BOOL, FIELD(plan_consumer, requeue), .normal = "true",
     .line = "back into the queue, or dropped"},

    {IN_FAULT, "name", KEY_OWN, .line = "what reports and paths call it; its kind and place in the list"},
    {IN_FAULT, "at", KEY_OWN, .line = "time since the load phase began"},
    {IN_FAULT, "every", KEY_OWN, .line = "again and again, after each interval"},
    {IN_FAULT, "from", KEY_OWN, .line = "every: not before (0s)"},
    {IN_FAULT, "until", KEY_OWN, .line = "every: not after (the end of the load phase)"},
    {IN_FAULT, "crash", KEY_OWN, .line = "the process dies, or with kind: power the machine"},
    {IN_FAULT, "pause", KEY_OWN, .line = "the process stops and later goes on, unaware"},
    {IN_FAULT, "disconnect", KEY_OWN, .line = "its connections are reset"},
    {IN_FAULT, "cut", KEY_OWN, .line = "no packet passes on a link: a <-> b, or a -> b"},
    {IN_FAULT, "partition", KEY_OWN, .line = "no packet passes between groups: [[n1], [n2, n3]]"},
    {IN_FAULT, "isolate", KEY_OWN, .line = "no packet passes between it and anybody"},
    {IN_FAULT, "degrade", KEY_OWN, .line = "a link gets slower or lossy: a <-> b, or a -> b"},
    {IN_FAULT, "stall", KEY_OWN, .line = "a consumer holds its messages"},
    {IN_FAULT, "kind", KEY_WORD, FIELD(plan_fault, power), .words = "process|power", .normal = "process",
     .line = "crash: what dies"},
    {IN_FAULT, "in-flight", KEY_WORD, FIELD(plan_fault, in_flight), .words = "delivered|lost|drawn",
     .normal = "delivered", .line = "crash: frames handed to the kernel"},
    {IN_FAULT, "disk", KEY_WORD, FIELD(plan_fault, wipe), .words = "keep|wipe", .normal = "keep",
     .line = "crash: whether the disk is lost"},
    {IN_FAULT, "latency", KEY_OWN, .line = "degrade: 40ms instead of the network's, +40ms on top of it"},
    {IN_FAULT, "loss", KEY_SHARE, FIELD(plan_fault, loss_ppm), .max = 990000, .normal = "0%",
     .line = "degrade: of packets, beside the network's own"},
    {IN_FAULT, "for", KEY_OWN, .line = "pause, cut, partition, isolate, degrade, stall: how long"},
    {IN_FAULT, "restart", KEY_OWN, .line = "crash: starts again after so long"},
    LATER(IN_FAULT, "when", "on an event instead of a time"),
    LATER(IN_FAULT, "after", "when: this long after the event"),
    LATER(IN_FAULT, "stop", "graceful: hands leadership over, closes"),
    LATER(IN_FAULT, "rolling-restart", "all nodes, one after the other"),
    LATER(IN_FAULT, "gap", "rolling-restart: between two nodes"),
    LATER(IN_FAULT, "how", "rolling-restart: stop or crash"),
    LATER(IN_FAULT, "wait", "rolling-restart: what for"),
    LATER(IN_FAULT, "bridge", "two groups that only one node can reach"),
    LATER(IN_FAULT, "ring", "each node reaches only its neighbours"),
    LATER(IN_FAULT, "bandwidth", "degrade"),
    LATER(IN_FAULT, "duplicate", "degrade"),
    LATER(IN_FAULT, "reorder", "degrade"),
    LATER(IN_FAULT, "clog", "a link delivers nothing, then everything at once"),
    LATER(IN_FAULT, "swizzle", "about half the nodes clogged, released in another order"),
    LATER(IN_FAULT, "slow-disk", "a disk slower by a factor"),
    LATER(IN_FAULT, "factor", "slow-disk, slow-cpu, overload"),
    LATER(IN_FAULT, "full-disk", "a disk refuses writes"),
    LATER(IN_FAULT, "disk-error", "a disk fails"),
    LATER(IN_FAULT, "corrupt-log", "bits flip in stored records"),
    LATER(IN_FAULT, "lost-fsync", "a disk acknowledges an fsync it did not do"),
    LATER(IN_FAULT, "clock", "a clock goes wrong"),
    LATER(IN_FAULT, "jump", "clock"),
    LATER(IN_FAULT, "skew", "clock"),
    LATER(IN_FAULT, "drift", "clock"),
    LATER(IN_FAULT, "slow-cpu", "service times at a node times a factor"),
    LATER(IN_FAULT, "overload", "the rate of a producer times a factor"),
    LATER(IN_FAULT, "add-node", "membership grows while running"),
    LATER(IN_FAULT, "remove-node", "membership shrinks while running"),
    LATER(IN_FAULT, "failures", "independent failures and repairs"),
    LATER(IN_FAULT, "chaos", "a random mixture drawn from the seed"),

    {IN_JUDGE, "every-run", KEY_OWN, .line = "each run must meet the condition (the default form)"},
    {IN_JUDGE, "mean", KEY_OWN, .line = "the mean over runs: a value and its tolerance"},
    LATER(IN_JUDGE, "share", "of runs that must meet the condition"),
    LATER(IN_JUDGE, "holds", "share: the condition"),
    LATER(IN_JUDGE, "never", "no run may meet the condition"),

    {IN_CHECK, "messages", KEY_COUNT, FIELD(plan_check, messages), .max = 1000, .normal = "2",
     .line = "published by each producer; 0: the nodes alone, without clients"},
    {IN_CHECK, "crashes", KEY_COUNT, FIELD(plan_check, crashes), .max = 100, .normal = "1", .line = "of processes"},
    {IN_CHECK, "power-losses", KEY_COUNT, FIELD(plan_check, power_losses), .max = 100, .normal = "0",
     .line = "of machines"},
    {IN_CHECK, "restarts", KEY_COUNT, FIELD(plan_check, restarts), .max = 200,
     .line = "as many as crashes and power losses"},
    {IN_CHECK, "disconnects", KEY_COUNT, FIELD(plan_check, disconnects), .max = 100, .normal = "1",
     .line = "connections reset"},
    {IN_CHECK, "timeouts", KEY_COUNT, FIELD(plan_check, timeouts), .max = 100, .normal = "0",
     .line = "time-outs that fire"},
    {IN_CHECK, "suspicions", KEY_COUNT, FIELD(plan_check, suspicions), .max = 100, .normal = "0",
     .line = "nodes that one takes for gone although it lives"},
    {IN_CHECK, "ticks", KEY_COUNT, FIELD(plan_check, ticks), .max = 100, .normal = "0",
     .line = "beats and looks of the failure detectors between nodes, explored themselves"},
    {IN_CHECK, "reconnects", KEY_OWN, .normal = "unlimited",
     .line = "attempts of a node to connect again to nodes that it lost: unlimited, or a count"},
    {IN_CHECK, "from", KEY_WORD, FIELD(plan_check, settled), .words = "boot|settled", .normal = "boot",
     .line = "where interleaving begins: at the first boot, or once all are up, connected and in sync"},
    {IN_CHECK, "states", KEY_OWN, .normal = "10M", .line = "most states to visit, in whole millions"},
    {IN_CHECK, "properties", KEY_OWN, .normal = "all", .line = "all, or a list"},
    LATER(IN_CHECK, "drops", "frames lost on datagram links"),
    {.name = NULL},
};
/* clang-format on */
