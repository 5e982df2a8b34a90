"""One plan with every key, that the tests break in one place at a time."""

GOOD = """\
pithead: 1
service: checkout
namespace: shop
stable: {name: v1, deployment: checkout-v1}
canary: {name: v2, deployment: checkout-v2}
router:
  istio:
    virtual_service: checkout
    route: primary
    stable: {subset: v1}
    canary: {subset: v2}
metrics:
  prometheus: http://prometheus.monitoring:9090
  preset: istio
  business:
    orders: 'sum(rate(orders_total{version="{{version}}"}[1m]))'
    stock: 'sum(stock{namespace="{{namespace}}"})'
interval: 5s
patience: 30m
after_patience: rollback
window: 30s
min_requests: 50
guards:
  - {metric: error_rate, max: 1%, for: 30s, then: rollback}
  - {metric: p99, max: 500ms}
  - {metric: orders, min: 10, then: hold}
stages:
  - {weight: 5%, hold: 30m, min_requests: 500, approve: true}
  - {weight: 25%, hold: 1h, guards: [{metric: p95, max_ratio: 1.5, for: 1m}]}
  - ramp: {from: 50%, step: 25pp, to: 100%, hold: 5m}
notify:
  - {to: env:PITHEAD_SLACK, on: [hold, rollback]}
  - {to: file:/etc/pithead/pager}
grafana: {url: https://grafana.example, token: env:GRAFANA_TOKEN}
reasons: [promote, roll_back]
"""
ROUTER = GOOD[GOOD.index("router:\n") : GOOD.index("metrics:\n")]


def routed_by(kind: str, section: str) -> str:
    """Write the plan with another router, of this kind and section."""
    return GOOD.replace(ROUTER, f"router: {{{kind}: {section}}}\n")
