"""The loopback gateway between workers and providers."""
