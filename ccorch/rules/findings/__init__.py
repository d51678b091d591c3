"""What rules notice: each detector with its own page, told from structured events and changes, never from prose."""

from ccorch.rules.findings.change import of_change as of_change
from ccorch.rules.findings.change import of_record as of_record
from ccorch.rules.findings.detector import Detector
from ccorch.rules.findings.detectors import SecretFound
from ccorch.rules.findings.pace import Frozen as Frozen
from ccorch.rules.findings.pace import NoProgress as NoProgress
from ccorch.rules.findings.pace import Stalled as Stalled
from ccorch.rules.findings.so_far import SoFar as SoFar
from ccorch.rules.findings.watch import Watch as Watch
from ccorch.schema.finding import Finding, Sighting

DETECTORS: dict[str, type[Detector]] = {kind.code(): kind for kind in Detector.__subclasses__()}
"""Every detector by its code."""


def secret_in_stream(node: str, attempt: int, seen: Sighting) -> Finding:
    """The finding for a secret that stood in what a worker printed or was shown."""
    said = f"{seen.kind} of {seen.length} bytes ({seen.mark}) stood in the stream; the copy does not hold it"
    return SecretFound.found(said, node=node, attempt=attempt, place=seen.place)
