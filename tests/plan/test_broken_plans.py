"""Plans that are broken in one place, and everything that is said about each."""

from __future__ import annotations

import pytest

from console.errors import PlanError
from console.plan.defaults import PRESETS
from console.plan.load import parse_plan
from console.plan.routers import NAMES
from tests.plan.good import GOOD, ROUTER

KEYS = (
    "pithead, service, namespace, stable, canary, router, metrics, interval, patience, after_patience, "
    "on_stop, window, min_requests, errors, slo, judge, guards, stages, notify, grafana, reasons"
)
METRICS = (
    "error_rate, error_rate_4xx, no_answer, grpc_errors, p50, p90, p95, p99, rps, cpu, memory, ready, "
    "restarts, crash_loops"
)

GUARDS = GOOD[GOOD.index("guards:\n") : GOOD.index("stages:\n")]
STAGES = GOOD[GOOD.index("stages:\n") : GOOD.index("notify:\n")]
BUSINESS = GOOD[GOOD.index("  business:\n") : GOOD.index("interval:")]
STOCK = GOOD.splitlines()[16]
SLACK = "{to: env:PITHEAD_SLACK, on: [hold, rollback]}"
P99 = "{metric: p99, max: 500ms}"

# What stands in the good plan, what stands there instead, and what is said: line:column: message; hint.
BROKEN = [
    # the file's own keys
    pytest.param(
        "pithead: 1",
        "pithead: 2",
        ["1:10: pithead: `2` is no version of the plan format that is known here; write pithead: 1"],
        id="format",
    ),
    pytest.param(
        "pithead: 1\n", "", ["1:1: the plan has no `pithead`; begin the file with pithead: 1"], id="no format"
    ),
    pytest.param(
        "after_patience: rollback",
        "after_patiance: rollback",
        ["20:1: the plan has no key `after_patiance`; did you mean `after_patience`?"],
        id="misspelt top key",
    ),
    pytest.param(
        "interval: 5s",
        "intervall: 5s\ncolour: blue",
        [
            "18:1: the plan has no key `intervall`; did you mean `interval`?",
            f"19:1: the plan has no key `colour`; it knows {KEYS}",
        ],
        id="unknown top key",
    ),
    pytest.param(
        "namespace: shop",
        "namespace: shop\nnamespace: shop",
        ["4:1: `namespace` stands twice, first in line 3; keep one"],
        id="key twice",
    ),
    pytest.param(
        "min_requests: 50\n",
        "min-requests: 50\n",
        ["22:1: the plan has no key `min-requests`; did you mean `min_requests`?"],
        id="dashes in key",
    ),
    pytest.param(
        "namespace: shop", "<<: shop", [f"3:1: the plan has no key `<<`; it knows {KEYS}"], id="merge key"
    ),
    # what is released
    pytest.param(
        "service: checkout\n", "", ["1:1: the plan has no `service`; write service: ..."], id="no service"
    ),
    pytest.param(
        "service: checkout",
        "service:",
        ["2:9: service: nothing is written here; write a value after the colon"],
        id="empty service",
    ),
    pytest.param(
        "service: checkout",
        "service: [checkout]",
        [("2:10: service: a list where one value is wanted; text that begins with { or [ needs quotes")],
        id="service list",
    ),
    pytest.param(
        "service: checkout",
        "service: Checkout",
        ["2:10: service: `Checkout` is not a name that can be used here; write checkout"],
        id="service caps",
    ),
    pytest.param(
        "service: checkout",
        "service: check_out",
        ["2:10: service: `check_out` is not a name that can be used here; write check-out"],
        id="service underscore",
    ),
    pytest.param(
        "service: checkout",
        "service: cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
        [
            (
                "2:10: service: `cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc…` is 64 "
                "characters long; write at most 63"
            )
        ],
        id="service long",
    ),
    pytest.param(
        "service: checkout",
        "service: '[red]x[/]'",
        [
            (
                "2:10: service: `[red]x[/]` is not a name that can be used here; write a-z, 0-9 and - "
                "between them"
            )
        ],
        id="service markup",
    ),
    pytest.param(
        "namespace: shop",
        "namespace: shop.eu",
        [
            (
                "3:12: namespace: `shop.eu` is not a name that can be used here; write a-z, 0-9 and - "
                "between them"
            )
        ],
        id="namespace dots",
    ),
    pytest.param(
        "stable: {name: v1, deployment: checkout-v1}",
        "stable: checkout-v1",
        [
            (
                "4:9: `stable` is the single value `checkout-v1`, not keys and values; write stable: "
                "{name: v1, deployment: ...}"
            )
        ],
        id="stable scalar",
    ),
    pytest.param(
        "stable: {name: v1, deployment: checkout-v1}\n",
        "",
        ["1:1: the plan has no `stable`; write stable: {name: v1, deployment: ...}"],
        id="stable missing",
    ),
    pytest.param(
        "canary: {name: v2, deployment: checkout-v2}",
        "canary: {name: v2}",
        ["5:9: `canary` has no `deployment`; write canary: {name: v2, deployment: ...}"],
        id="no deployment",
    ),
    pytest.param(
        "canary: {name: v2,",
        "canary: {name: v1,",
        [
            (
                "5:1: stable and canary are both called `v1`; give them the values of their version "
                "labels, like v1 and v2"
            )
        ],
        id="same version name",
    ),
    pytest.param(
        "deployment: checkout-v2",
        "deployment: checkout-v2, workload: checkout-v1",
        [
            (
                "5:1: metrics would call stable and canary the same, `checkout-v1`; name the new version's "
                "own workload"
            )
        ],
        id="same workload",
    ),
    pytest.param(
        "deployment: checkout-v2",
        "deployment: checkout-v1",
        [
            (
                "5:1: stable and canary are the same deployment, `checkout-v1`; name the new version's "
                "own deployment"
            )
        ],
        id="same deployment",
    ),
    pytest.param(
        "canary: {name: v2,",
        "canary: {name: v 2,",
        ["5:16: name: `v 2` is not a name that can be used here; write v-2"],
        id="bad version name",
    ),
    # the router
    pytest.param(
        "  istio:", "  isto:", ["7:3: `router` has no key `isto`; did you mean `istio`?"], id="router unknown"
    ),
    pytest.param(
        "  istio:",
        "  nginx:",
        [f"7:3: `router` has no key `nginx`; it knows {', '.join(NAMES)}"],
        id="router other",
    ),
    pytest.param(
        ROUTER,
        "router:\n",
        [
            (
                "6:8: `router` is empty, not keys and values; write router: {istio: {virtual_service: "
                "..., stable: ..., canary: ...}}"
            )
        ],
        id="router null",
    ),
    pytest.param(
        "virtual_service: checkout",
        "virtualservice: checkout",
        ["8:5: `istio` has no key `virtualservice`; did you mean `virtual_service`?"],
        id="virtual service key",
    ),
    pytest.param(
        "canary: {subset: v2}",
        "canary: {subset: v1}",
        [
            (
                "11:5: stable and canary are the same destination: there would be nothing to split; name "
                "the new version's own subset or host"
            )
        ],
        id="same destination",
    ),
    pytest.param(
        "canary: {subset: v2}",
        "canary: {}",
        [("11:13: `canary` has neither subset nor host; write canary: {subset: ...}, or host, or both")],
        id="empty destination",
    ),
    pytest.param(
        "canary: {subset: v2}",
        "canary: {host: checkout_v2}",
        ["11:20: host: `checkout_v2` is not a name that can be used here; write checkout-v2"],
        id="host invalid",
    ),
    pytest.param(
        "canary: {subset: v2}",
        "canary: {subsets: v2}",
        ["11:14: `canary` has no key `subsets`; did you mean `subset`?"],
        id="destination key",
    ),
    # the metrics
    pytest.param(
        "  prometheus: http://prometheus.monitoring:9090\n",
        "",
        [
            (
                "13:3: `metrics` has no `prometheus`; write metrics: {prometheus: "
                "http://prometheus.monitoring:9090}"
            )
        ],
        id="no prometheus",
    ),
    pytest.param(
        "http://prometheus",
        "http://admin:hunter2@prometheus",
        [
            (
                "13:15: prometheus: the URL holds credentials, and secrets don't belong in a plan; write "
                "it without them, and beside it where they are found: prometheus: {url: ..., basic_auth: "
                "{username: ..., password: env:NAME}}"
            )
        ],
        id="credentials",
    ),
    pytest.param(
        "http://prometheus.monitoring:9090",
        "ftp://prometheus.monitoring",
        [
            (
                "13:15: prometheus: `ftp://prometheus.monitoring` is not an http URL; write one like "
                "http://prometheus.monitoring:9090"
            )
        ],
        id="ftp",
    ),
    pytest.param(
        "http://prometheus.monitoring:9090",
        "prometheus.monitoring:9090",
        [
            (
                "13:15: prometheus: `prometheus.monitoring:9090` is not an http URL; write one like "
                "http://prometheus.monitoring:9090"
            )
        ],
        id="no scheme",
    ),
    pytest.param(
        "monitoring:9090",
        "monitoring:http",
        ["13:15: prometheus: this is not a URL; write one like http://prometheus.monitoring:9090"],
        id="bad port",
    ),
    pytest.param(
        ":9090",
        ":9090/api/v1",
        [
            (
                "13:15: prometheus: `http://prometheus.monitoring:9090/api/v1` names the API; write the "
                "base URL, without /api"
            )
        ],
        id="api path",
    ),
    pytest.param(
        ":9090",
        ":9090/?token=x",
        [
            (
                "13:15: prometheus: `http://prometheus.monitoring:9090/?token=***` has a query in it; "
                "write the base URL only"
            )
        ],
        id="url query",
    ),
    pytest.param(
        "preset: istio",
        "preset: istoi",
        ["14:11: preset: `istoi` is not known here; did you mean `istio`?"],
        id="preset",
    ),
    pytest.param(
        "preset: istio",
        "preset: gloo",
        [f"14:11: preset: `gloo` is not known here; it can be {', '.join(PRESETS)}"],
        id="preset other",
    ),
    pytest.param(
        "{{version}}",
        "{{verison}}",
        [
            (
                "16:13: business metric `orders`: the placeholder `{{verison}}` is not known; did you "
                "mean {{version}}?"
            )
        ],
        id="placeholder",
    ),
    pytest.param(
        "{{version}}",
        "{{pod}}",
        [
            (
                "16:13: business metric `orders`: the placeholder `{{pod}}` is not known; it can be "
                "{{version}} or {{namespace}}"
            )
        ],
        id="placeholder other",
    ),
    pytest.param(
        "{{version}}",
        "{{version}",
        [
            (
                '16:13: business metric `orders`: the placeholder `{{version}"}[1m]))` is not known; '
                "did you mean {{version}}?"
            )
        ],
        id="placeholder open",
    ),
    pytest.param(
        "    orders:",
        "    p99:",
        [
            "16:5: `p99` is the name of a built-in metric; call it business_p99",
            f"26:14: metric: `orders` is not known here; it can be {METRICS}, stock",
        ],
        id="business builtin",
    ),
    pytest.param(
        "    stock:",
        "    Stock-Left:",
        [("17:5: `Stock-Left` is not a name that can be used here; write a-z, 0-9 and _, a letter first")],
        id="business name",
    ),
    pytest.param(
        STOCK,
        "    stock: {{namespace}}",
        ["17:13: a key must be plain text; text that begins with { or [ needs quotes around it"],
        id="business query mapping",
    ),
    pytest.param(
        STOCK,
        "    stock: [up]",
        [
            (
                "17:12: business metric `stock`: a list where one value is wanted; text that begins with "
                "{ or [ needs quotes"
            )
        ],
        id="business list",
    ),
    pytest.param(
        STOCK,
        "    stock: ''",
        ["17:12: business metric `stock`: the query is empty; write PromQL"],
        id="business empty",
    ),
    pytest.param(
        "    stock: '", "    orders: '", ["17:5: `orders` stands twice; keep one"], id="business twice"
    ),
    pytest.param(
        BUSINESS,
        "  business: up\n",
        [
            "15:13: `business` is the single value `up`, not keys and values",
            f"24:14: metric: `orders` is not known here; it can be {METRICS}",
        ],
        id="business scalar",
    ),
    pytest.param(
        "sum(stock{namespace",
        "sum(stock{namespace" + "x" * 10_000,
        ["17:12: business metric `stock`: the query is longer than 10000 characters"],
        id="query long",
    ),
    pytest.param(
        "route: primary",
        "route: ''",
        ["9:12: route: `` is not a line of text; write a name of one line"],
        id="route empty",
    ),
    # times and amounts
    pytest.param(
        "interval: 5s",
        "interval: 500ms",
        ["18:11: interval: `500ms` is too short; write 1s or more"],
        id="interval short",
    ),
    pytest.param(
        "interval: 5s",
        "interval: 10m",
        ["18:11: interval: `10m` is too long to notice anything in time; write 5m or less"],
        id="interval long",
    ),
    pytest.param(
        "interval: 5s",
        "interval: 5",
        ["18:11: interval: `5` has no unit; write 5s, 5m or 5h"],
        id="interval unitless",
    ),
    pytest.param(
        "patience: 30m",
        "patience: 30 minutes",
        ["19:11: patience: `30 minutes` is not a duration; write 30m"],
        id="patience words",
    ),
    pytest.param(
        "patience: 30m",
        "patience: 1:30",
        ["19:11: patience: `1:30` is not a duration; write one like 500ms, 30s, 5m or 1h30m"],
        id="patience sexagesimal",
    ),
    pytest.param(
        "patience: 30m",
        "patience: -5m",
        ["19:11: patience: `-5m` is not a duration; write one like 500ms, 30s, 5m or 1h30m"],
        id="patience negative",
    ),
    pytest.param(
        "patience: 30m",
        "patience: 60d",
        ["19:11: patience: `60d` is too long; write at most 30d"],
        id="patience long",
    ),
    pytest.param(
        "patience: 30m",
        "patience: 1s",
        [
            "19:11: patience: it is over before the first look, after 5s; write more than 5s",
            (
                "24:40: for: this guard would act after the plan's patience of 1s is over; shorten it, "
                "or lengthen patience"
            ),
            (
                "29:73: for: this guard would act after the plan's patience of 1s is over; shorten it, "
                "or lengthen patience"
            ),
        ],
        id="patience short",
    ),
    pytest.param(
        "after_patience: rollback",
        "after_patience: roll_back",
        ["20:17: after_patience: `roll_back` is not known here; did you mean `rollback`?"],
        id="after_patience",
    ),
    pytest.param(
        "window: 30s",
        "window: 2s",
        ["21:9: window: it is shorter than the interval of 5s; write 5s or more"],
        id="window short",
    ),
    pytest.param(
        "min_requests: 50\n",
        "min_requests: 0.5\n",
        ["22:15: min_requests: `0.5` is not a whole number; write 0 or 1"],
        id="min_requests fraction",
    ),
    pytest.param(
        "min_requests: 50\n",
        "min_requests: -1\n",
        ["22:15: min_requests: `-1` is negative; write a number from 0 on"],
        id="min_requests negative",
    ),
    pytest.param(
        "min_requests: 50\n",
        "min_requests: 50rps\n",
        ["22:15: min_requests: `50rps` has a unit where a plain number is wanted; write 50"],
        id="min_requests unit",
    ),
    # guards
    pytest.param(
        GUARDS,
        "guards: {metric: p99, max: 500ms}\n",
        ["23:9: `guards` is keys and values, not a list; begin each entry with -"],
        id="guards mapping",
    ),
    pytest.param(
        "  - {metric: p99, max: 500ms}",
        "  - p99 below 500ms",
        [
            (
                "25:5: a guard is the single value `p99 below 500ms`, not keys and values; write one "
                "like {metric: error_rate, max: 1%}"
            )
        ],
        id="guard scalar",
    ),
    pytest.param(
        P99,
        "{max: 500ms}",
        [f"25:5: a guard has no `metric`; write one of {METRICS}, orders, stock"],
        id="guard metric missing",
    ),
    pytest.param(
        P99,
        "{metric: eror_rate, max: 5%}",
        ["25:14: metric: `eror_rate` is not known here; did you mean `error_rate`?"],
        id="guard metric misspelt",
    ),
    pytest.param(
        P99,
        "{metric: temperature, max: 5}",
        [f"25:14: metric: `temperature` is not known here; it can be {METRICS}, orders, stock"],
        id="guard metric unknown",
    ),
    pytest.param(
        P99,
        "{metric: p99}",
        ["25:5: a guard has no limit; write one of max, min, max_ratio or max_increase"],
        id="guard no rule",
    ),
    pytest.param(
        P99,
        "{metric: p99, max: 500ms, max_ratio: 2}",
        ["25:31: a guard has one rule, and this one has max already; write two guards"],
        id="guard two rules",
    ),
    pytest.param(
        P99,
        "{metric: p99, maximum: 500ms}",
        ["25:19: a guard has no key `maximum`; did you mean `max`?"],
        id="guard rule misspelt",
    ),
    pytest.param(
        "max: 500ms",
        "max: 5%",
        [
            (
                "25:24: max: a latency is no percentage; write a time like 500ms, or compare with "
                "stable: max_ratio: 1.2"
            )
        ],
        id="guard percent latency",
    ),
    pytest.param(
        "max: 500ms",
        "max: 500",
        ["25:24: max: `500` has no unit; write 500ms or 500s"],
        id="guard latency unitless",
    ),
    pytest.param(
        "max: 1%",
        "max: 0.01",
        ["24:31: max: `0.01` has no unit; write 1% for that ratio, or 0.01%"],
        id="guard ratio unitless",
    ),
    pytest.param(
        "max: 1%",
        "max: 1pp",
        ["24:31: max: `1pp` is a difference in points where a percentage is wanted; write 1%"],
        id="guard pp in max",
    ),
    pytest.param(
        "max: 1%",
        "max_increase: 0.5%",
        [
            (
                "24:40: max_increase: `0.5%` is a percentage where a difference in points is wanted; "
                "write 0.5pp, percentage points"
            )
        ],
        id="guard percent in increase",
    ),
    pytest.param(
        "max: 1%", "max: 101%", ["24:31: max: `101%` is out of range; write 0% to 100%"], id="guard 101%"
    ),
    pytest.param(
        "max: 1%",
        "max: 100%",
        ["24:31: max: 100% can't be exceeded, so this guard never acts; write less than 100%"],
        id="guard 100%",
    ),
    pytest.param(
        "max: 1%",
        "max: '0,5%'",
        ["24:31: max: `0,5%` is not a number that can be read; write 0.5%"],
        id="guard comma",
    ),
    pytest.param(
        "max: 500ms",
        "max_ratio: 0.5",
        [("25:30: max_ratio: 0.5 times stable's value would ask the canary to be better; write 1 or more")],
        id="guard ratio below 1",
    ),
    pytest.param(
        "max: 500ms",
        "max_ratio: 120%",
        [
            (
                "25:30: max_ratio: `120%` has a unit where a plain number is wanted; write how many "
                "times stable's value is allowed, like 1.5"
            )
        ],
        id="guard ratio percent",
    ),
    pytest.param(
        "max: 1%",
        "min: 1%",
        [
            (
                "24:26: min makes no sense for `error_rate`; less of it is better: use max, max_ratio or "
                "max_increase"
            )
        ],
        id="guard min on errors",
    ),
    pytest.param(
        P99,
        "{metric: ready, max: 90%}",
        ["25:21: max makes no sense for `ready`; only too few ready pods are trouble: use min"],
        id="guard ready max",
    ),
    pytest.param(
        P99,
        "{metric: ready, min: 0%}",
        ["25:26: min: nothing is less than 0%, so this guard never acts; write more than 0%"],
        id="guard ready min 0",
    ),
    pytest.param(
        P99,
        "{metric: crash_loops, max_ratio: 2}",
        [
            (
                "25:27: max_ratio makes no sense for `crash_loops`; stable's is mostly 0, and twice 0 is "
                "0: use max or max_increase"
            )
        ],
        id="guard crash ratio",
    ),
    pytest.param(
        P99,
        "{metric: restarts, max: 1.5}",
        ["25:29: max: `1.5` is not a whole number; write 1 or 2"],
        id="guard restarts fraction",
    ),
    pytest.param(
        P99,
        "{metric: rps, max_ratio: 2}",
        [
            (
                "25:19: max_ratio makes no sense for `rps`; the weights decide how many requests each "
                "version gets: use min or max"
            )
        ],
        id="guard rps ratio",
    ),
    pytest.param(
        P99,
        "{metric: memory, max: 512}",
        ["25:27: max: `512` has no unit of memory; write 512Mi or 512Gi"],
        id="guard memory unitless",
    ),
    pytest.param(
        P99,
        "{metric: memory, max: 512MBit}",
        ["25:27: max: `512MBit` is no amount of memory; write 512Mi or 512Gi"],
        id="guard memory unit",
    ),
    pytest.param(
        P99,
        "{metric: memory, max: -512Mi}",
        ["25:27: max: `-512Mi` is negative; write an amount from 0 on"],
        id="guard memory negative",
    ),
    pytest.param(
        "max: 1%",
        "max_increase: 100pp",
        ["24:40: max_increase: an increase by 100 points can't be exceeded; write less than 100pp"],
        id="guard increase 100",
    ),
    pytest.param(
        P99,
        "{metric: cpu, max: 50%}",
        ["25:24: max: `50%` is no number of cores; write one like 1.5 or 500m"],
        id="guard cpu",
    ),
    pytest.param(
        P99,
        "{metric: ready, min: 90%, min_requests: 5}",
        ["25:31: `ready` looks at pods: it waits for no requests; leave min_requests out"],
        id="guard pods requests",
    ),
    pytest.param(
        "min: 10,",
        "min: 10%,",
        ["26:27: min: `10%` has a unit where a plain number is wanted; write 10"],
        id="guard business unit",
    ),
    pytest.param(
        "{metric: orders, min: 10, then: hold}",
        "{metric: stock, max_ratio: 2}",
        [
            (
                "26:21: `stock` can't be compared: its query is the same for both versions; use "
                "{{version}} in the query"
            )
        ],
        id="guard business compare",
    ),
    pytest.param(
        "for: 30s",
        "for: 1h",
        [
            (
                "24:40: for: this guard would act after the plan's patience of 30m is over; shorten it, "
                "or lengthen patience"
            )
        ],
        id="guard for long",
    ),
    pytest.param(
        "max: 500ms}",
        "max: 500ms, window: 1s}",
        ["25:39: window: it is shorter than the interval of 5s; write 5s or more"],
        id="guard window short",
    ),
    pytest.param(
        "then: hold",
        "then: pause",
        ["26:37: then: `pause` is not known here; it can be rollback, hold"],
        id="guard then",
    ),
    pytest.param(
        "max: 500ms}",
        "max: 500ms, untill: 5m}",
        [
            (
                "25:31: a guard has no key `untill`; it knows metric, max, min, max_ratio, max_increase, "
                "for, then, name, window, min_requests"
            )
        ],
        id="guard unknown key",
    ),
    pytest.param(
        "for: 30s",
        "for: ",
        ["24:39: for: nothing is written here; write a value after the colon"],
        id="guard empty for",
    ),
    pytest.param(
        P99,
        "{metric: error_rate, max: 1%, for: 30s}",
        ["25:5: the guard `error_rate max 1%` stands twice, first in line 24; keep one"],
        id="guard twice",
    ),
    pytest.param(
        P99,
        "{metric: error_rate, max: 1%, for: 5s}",
        [
            (
                "25:5: two guards are called `error_rate max 1%`, the first in line 24; give this one a "
                "name of its own, like name: soon"
            )
        ],
        id="guard same name",
    ),
    pytest.param(
        "guards: [{metric: p95, max_ratio: 1.5, for: 1m}]",
        "guards: [{metric: p99, max: 500ms}]",
        ["29:38: the guard `p99 max 500 ms` stands twice, first in line 25; keep one"],
        id="guard again in stage",
    ),
    # stages
    pytest.param(
        STAGES,
        "",
        [("1:1: the plan has no `stages`; write the weights to go through, like - {weight: 5%, hold: 30m}")],
        id="stages missing",
    ),
    pytest.param(
        STAGES,
        "stages: []\n",
        ["27:9: `stages` is an empty list; write at least - {weight: 100%}"],
        id="stages empty",
    ),
    pytest.param(
        "  - {weight: 5%, hold: 30m, min_requests: 500, approve: true}",
        "  - 5% 30m",
        [
            (
                "28:5: a stage is the single value `5% 30m`, not keys and values; write one like "
                "{weight: 5%, hold: 30m}"
            )
        ],
        id="stage scalar",
    ),
    pytest.param(
        "weight: 5%",
        "weight: 101%",
        ["28:14: weight: `101%` is out of range; write 0% to 100%"],
        id="weight 101",
    ),
    pytest.param(
        "weight: 5%",
        "weight: 0.5%",
        ["28:14: weight: `0.5%` is not whole: weights are whole percent only; write 1%"],
        id="weight half",
    ),
    pytest.param(
        "weight: 5%", "weight: 5", ["28:14: weight: `5` has no unit; write 5%"], id="weight unitless"
    ),
    pytest.param(
        "weight: 5%",
        "weight: 5pp",
        ["28:14: weight: `5pp` is a difference in points where a percentage is wanted; write 5%"],
        id="weight points",
    ),
    pytest.param(
        "{weight: 5%, hold",
        "{hold",
        ["28:5: a stage has no `weight`; write one like weight: 5%"],
        id="weight missing",
    ),
    pytest.param(
        "weight: 25%",
        "weight: 3%",
        [
            (
                "29:14: weight: 3% does not rise above the 5% before it; write the stages in the order "
                "of their weights, each once"
            )
        ],
        id="weights fall",
    ),
    pytest.param(
        "weight: 25%",
        "weight: 5%",
        [
            (
                "29:14: weight: 5% does not rise above the 5% before it; write the stages in the order "
                "of their weights, each once"
            )
        ],
        id="weights same",
    ),
    pytest.param(
        "to: 100%",
        "to: 90%",
        [("30:18: weight: the last stage is 90%, so the release would never end; add a stage of 100%")],
        id="last weight",
    ),
    pytest.param(
        "weight: 25%, hold: 1h",
        "weight: 25%",
        [
            (
                "29:5: this weight has no hold: it would be passed without a look; write how long it is "
                "held, like hold: 5m, or approve: true"
            )
        ],
        id="no hold",
    ),
    pytest.param(
        "hold: 30m, min_requests",
        "hold: 0, min_requests",
        [
            (
                "28:41: min_requests: this stage has no hold to count them in; write how long it is "
                "held, like hold: 5m"
            )
        ],
        id="hold zero min_requests",
    ),
    pytest.param(
        "weight: 5%",
        "weight: 0%",
        ["28:43: min_requests: at 0% the canary gets no requests, so 500 never come; leave it out"],
        id="zero weight min_requests",
    ),
    pytest.param(
        "hold: 30m",
        "hold: 2s",
        ["28:24: hold: it is shorter than the interval of 5s; write 5s or more"],
        id="hold below interval",
    ),
    pytest.param(
        "approve: true",
        "approve: yes",
        ["28:57: approve: `yes` is neither true nor false; write true"],
        id="approve yes",
    ),
    pytest.param(
        "from: 50%, step: 25pp, to: 100%",
        "from: 60%, step: 10pp, to: 40%",
        ["30:39: to: the ramp does not rise from 60% to 40%; write a weight above its from"],
        id="ramp down",
    ),
    pytest.param(
        "step: 25pp",
        "step: 25%",
        [
            (
                "30:29: step: `25%` is a percentage where a difference in points is wanted; write 25pp, "
                "percentage points"
            )
        ],
        id="ramp step percent",
    ),
    pytest.param(
        "step: 25pp",
        "step: 0pp",
        ["30:29: step: a ramp of 0pp never rises; write 1pp or more"],
        id="ramp step zero",
    ),
    pytest.param(
        "step: 25pp",
        "step: 2.5pp",
        ["30:29: step: `2.5pp` is not whole: weights are whole percent only; write 2pp"],
        id="ramp step half",
    ),
    pytest.param(
        "  - ramp: {from: 50%, step: 25pp, to: 100%, hold: 5m}",
        "  - {weight: 50%, ramp: {from: 50%, step: 25pp, to: 100%, hold: 5m}}",
        ["30:6: an entry with a ramp has no key `weight`; it knows ramp"],
        id="ramp and weight",
    ),
    pytest.param(
        "  - ramp: {from: 50%, step: 25pp, to: 100%, hold: 5m}",
        "  - ramp: 50% to 100%",
        [
            (
                "30:11: `ramp` is the single value `50% to 100%`, not keys and values; write one like "
                "ramp: {from: 10%, step: 10pp, to: 100%, hold: 5m}"
            )
        ],
        id="ramp scalar",
    ),
    pytest.param(
        "hold: 5m}",
        "hold: 5m, guards: [{metric: p95, max_ratio: 1.5}]}",
        [
            (
                "30:64: two guards are called `p95 max_ratio 1.5x`, the first in line 29; give this one "
                "a name of its own, like name: soon"
            )
        ],
        id="ramp guard twice",
    ),
    pytest.param(
        "hold: 30m, min_requests: 500, approve: true",
        "approve: yes",
        ["28:27: approve: `yes` is neither true nor false; write true"],
        id="approve unsound hold none",
    ),
    pytest.param(
        "to: 100%, ", "", ["30:11: `ramp` has no `to`; write one like to: 100%"], id="ramp missing to"
    ),
    pytest.param(
        GUARDS,
        "guards: []\n",
        [
            (
                "25:14: no guard watches this weight; give it guards, or leave out the plan's `guards: "
                "[]` for the default ones"
            ),
            (
                "27:18: no guard watches this weight; give it guards, or leave out the plan's `guards: "
                "[]` for the default ones"
            ),
        ],
        id="guards empty",
    ),
    pytest.param(
        GUARDS,
        "guards:\n  - {metric: p99, max_ratio: 2}\n",
        [
            (
                "28:18: at 100% stable gets no requests, and every guard compares with it: nothing is "
                "watched; add a guard with max or min"
            )
        ],
        id="only comparing",
    ),
    # YAML itself
    pytest.param(
        "service: checkout",
        "service: &s checkout",
        ["2:10: the anchor `&s` is not read; leave it out, or quote the text if an & begins it"],
        id="anchor",
    ),
    pytest.param(
        "service: checkout\nnamespace: shop",
        "service: &s checkout\nnamespace: *s",
        [
            "2:10: the anchor `&s` is not read; leave it out, or quote the text if an & begins it",
            ("3:12: the alias `*s` is not read; write the value out, or quote the text if a * begins it"),
        ],
        id="alias",
    ),
    pytest.param(
        "service: checkout",
        "service: !!python/object:os.system checkout",
        [
            (
                "2:10: the tag `tag:yaml.org,2002:python/object:os.system` is not read; leave it out, or "
                "quote the text if a ! begins it"
            )
        ],
        id="tag",
    ),
    pytest.param(
        "    route: primary",
        "\t route: primary",
        ["9:1: a tab stands where only spaces may; indent with spaces"],
        id="tab",
    ),
    pytest.param(
        "stable: {subset: v1}",
        "stable: {subset: v1",
        [
            (
                "11:11: this is not YAML: expected ',' or '}', but got ':' while parsing a flow mapping "
                "that begins in line 10"
            )
        ],
        id="unclosed",
    ),
    pytest.param(
        "    route: primary",
        "   route: primary",
        [
            (
                "9:4: this is not YAML: expected <block end>, but found '<block mapping start>' while "
                "parsing a block mapping that begins in line 7"
            )
        ],
        id="indent",
    ),
    pytest.param(
        "service: checkout",
        "service: checkout: v1",
        [("2:18: a second `:` stands in one line; look at the indentation, or put the value in quotes")],
        id="two colons",
    ),
    pytest.param(
        "interval: 5s",
        "---\ninterval: 5s",
        ["18:1: a second document begins here; keep one plan in a file"],
        id="second document",
    ),
    pytest.param(
        "service: checkout",
        "service: check\u202eout",
        ["2:15: the character \\u202e can't be seen; delete it"],
        id="bidi",
    ),
    pytest.param(
        "service: checkout",
        "service: check\x1bout",
        ["2:15: the character \\x1b can't be seen; delete it"],
        id="escape char",
    ),
    pytest.param(
        "service: checkout",
        'service: "check\\eout"',
        ["2:10: `check\\x1bout` holds a character that can't be seen; leave it out"],
        id="escaped char",
    ),
    pytest.param(
        "service: checkout",
        'service: "\\UFFFFFFFF"',
        ["2:13: this is not YAML: a number or an escape is out of range"],
        id="escaped chr",
    ),
    pytest.param(
        "service: checkout",
        "service: check\0out",
        ["2:15: the character \\x00 can't be seen; delete it"],
        id="NUL",
    ),
    # who is told
    pytest.param(
        "to: env:PITHEAD_SLACK",
        "to: slack://T1/B2/geheim",
        [
            (
                "32:10: notify: an address is written out here, and it is a secret; put it into a variable "
                "or a file, and write env:PITHEAD_SLACK or file:/etc/pithead/slack"
            )
        ],
        id="address written out",
    ),
    pytest.param(
        SLACK,
        "slack://T1/B2/geheim",
        [
            (
                "32:5: notify: an address is written out here, and it is a secret; put it into a variable "
                "or a file, and write env:PITHEAD_SLACK or file:/etc/pithead/slack"
            )
        ],
        id="address instead of an entry",
    ),
    pytest.param(
        "to: env:PITHEAD_SLACK",
        "to: xoxb-geheim",
        [
            (
                "32:10: to: this is neither a variable nor a file that holds the secret; "
                "write env:NAME or file:/PATH; the secret itself does not belong in a plan"
            )
        ],
        id="token written out",
    ),
    pytest.param(
        SLACK,
        "{on: [hold]}",
        [
            (
                "32:5: an entry of notify has no `to`; write one like "
                "{to: env:PITHEAD_SLACK, on: [hold, rollback]}"
            )
        ],
        id="nobody told",
    ),
    pytest.param(
        "on: [hold, rollback]",
        "on: [hold, rolback]",
        ["32:40: on: `rolback` is not known here; did you mean `rollback`?"],
        id="misspelt occasion",
    ),
    pytest.param(
        "on: [hold, rollback]",
        "on: []",
        ["32:33: `on` is an empty list; write when, like [hold, rollback]"],
        id="never told",
    ),
    pytest.param(
        "{to: file:/etc/pithead/pager}",
        "{to: env:PITHEAD_SLACK}",
        ["33:5: notify: env:PITHEAD_SLACK is told twice; keep one, with both its on"],
        id="told twice",
    ),
    pytest.param(
        "url: https://grafana.example",
        "url: https://ana:geheim@grafana.example",
        [
            (
                "34:16: url: the URL holds credentials, and secrets don't belong in a plan; "
                "write it without them, and beside it where they are found: token: env:NAME"
            )
        ],
        id="Grafana's password",
    ),
    pytest.param(
        "token: env:GRAFANA_TOKEN",
        "token: glsa_geheim",
        [
            (
                "34:48: token: this is neither a variable nor a file that holds the secret; "
                "write env:NAME or file:/PATH; the secret itself does not belong in a plan"
            )
        ],
        id="Grafana's token",
    ),
    pytest.param(
        "reasons: [promote, roll_back]",
        "reasons: [promote, rollback]",
        ["35:20: reasons: `rollback` is not known here; did you mean `roll_back`?"],
        id="misspelt command",
    ),
    pytest.param(
        "reasons: [promote, roll_back]",
        "reasons: always",
        ["35:10: reasons: `always` is not known here; it can be required, optional"],
        id="reasons word",
    ),
]


@pytest.mark.parametrize(("instead_of", "written", "said"), BROKEN)
def test_a_broken_plan_is_told_all_that_is_wrong(instead_of: str, written: str, said: list[str]) -> None:
    assert instead_of in GOOD
    with pytest.raises(PlanError) as refused:
        parse_plan(GOOD.replace(instead_of, written, 1), origin="plan.yaml")
    assert str(refused.value).splitlines() == [f"plan.yaml:{line}" for line in said]


def test_the_problems_carry_their_places_beside_the_text() -> None:
    with pytest.raises(PlanError) as refused:
        parse_plan(GOOD.replace("5%", "101%", 1), origin="plan.yaml")
    problem = refused.value.problems[0]
    assert (problem.line, problem.column) == (28, 14)
    assert problem.message == "weight: `101%` is out of range"
    assert problem.hint == "write 0% to 100%"


def test_every_problem_of_a_file_is_listed_in_the_files_order() -> None:
    broken = GOOD.replace("shop", "Shop").replace("interval: 5s", "interval: 5").replace("max: 1%", "max: 1")
    with pytest.raises(PlanError) as refused:
        parse_plan(broken, origin="plan.yaml")
    assert [problem.line for problem in refused.value.problems] == [3, 18, 24]


@pytest.mark.parametrize(
    "written",
    [
        "notify: slack://T1/B2/geheim",
        "notify: [slack://T1/B2/geheim]",
        "notify: {slack://T1/B2/geheim: [hold]}",
        "notify: [{slack://T1/B2/geheim: x}]",
        "notify: [{to: [slack://T1/B2/geheim]}]",
        "notify: [{to: env:A, on: slack://T1/B2/geheim}]",
        "notify: [{to: geheim}]",
        "grafana: {url: https://grafana.example, token: geheim}",
        "grafana: {url: https://geheim@grafana.example, token: env:A}",
    ],
)
def test_a_secret_in_a_plan_is_refused_and_never_repeated(written: str) -> None:
    before = GOOD[: GOOD.index("notify:\n")]
    with pytest.raises(PlanError) as refused:
        parse_plan(before + written + "\n", origin="plan.yaml")
    assert "geheim" not in str(refused.value)
