"""Plan, route, launch, meter, fence, verify and record many Claude Code workers."""

__version__ = "0.1.0"
