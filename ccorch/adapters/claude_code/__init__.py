"""Real Claude Code processes as workers: how they are started, isolated, read and judged."""
