"""Who sits at this process."""

import os
import pwd


def user() -> str:
    """Name of the user whose process this is, as the system knows it; whoever sets variables changes nothing."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
