"""Real programs of others against us: Prometheus, Alertmanager and amtool, as Debian packages them."""
