"""MCP: the verbs as tools for controllers."""
