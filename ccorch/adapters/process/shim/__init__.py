"""The shim: one small process that owns one `claude` process for one attempt and outlives the daemon."""
