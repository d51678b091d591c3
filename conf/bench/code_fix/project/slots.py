"""Busy and free time as half-open spans of minutes: (540, 600) ends right before minute 600."""


def merged(spans):
    """The spans in order; those that overlap or touch have become one."""
    result = []
    for start, end in sorted(spans):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result


def free(spans, start, end):
    """What the spans leave free from start to end, in order."""
    left = []
    at = start
    for busy_start, busy_end in merged(spans):
        if busy_start >= end:
            break
        if busy_start > at:
            left.append((at, busy_start))
        at = busy_end
    if at < end:
        left.append((at, end))
    return left
