"""The judges of the traffic: one module each. `console.judge.registry` alone imports them."""
