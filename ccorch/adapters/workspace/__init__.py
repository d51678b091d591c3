"""Looks after the workspace of a project: what lies there, archives, and what may go."""
