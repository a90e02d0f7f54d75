"""Models on a lease: loaded on first use, each in its own process, given back when idle."""
