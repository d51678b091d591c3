"""Readings of a sensor, kept one JSON object a line; times are seconds."""

import json
import os


def append(path, reading):
    """Put a reading at the end of the file."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(reading) + "\n")


def load(path):
    """Every reading of the file; raises ValueError for a line that is none."""
    readings = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            try:
                readings.append(json.loads(line))
            except ValueError:
                continue
    return readings


def replaced(path, readings):
    """Write the file anew; a reader sees the old one or the new one, never a part."""
    draft = f"{path}.new"
    with open(draft, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(reading) + "\n" for reading in readings)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def age_in_minutes(now, reading):
    """How old the reading is, in minutes."""
    return (now - reading["at"]) / 3600
