"""What many ways would leave behind, and the commands that it is left by."""

APP = "echo x > app.py"
"""A file of the project that lies beside the scope."""

GIT = "git -c user.name=t -c user.email=t@example.invalid"
"""git by somebody who has set no name."""
