"""Who is told outside the screen: Slack, Teams, email, PagerDuty, a webhook, and Grafana's annotations.

The worker only writes a line into a bounded queue. Each message is carried by a process of its own, which
looks up the address, sends, and is killed at its deadline: a service that hangs, or a library that does,
holds up nothing, and no address ever comes into the worker, the journal or a log.
"""
