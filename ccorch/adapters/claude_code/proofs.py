"""What canaries have seen, as it is kept."""

from pathlib import Path

from pydantic import ValidationError

from ccorch.schema.proof import FenceProof


def read_proof(place: Path) -> FenceProof | None:
    """What is kept; what cannot be read is tried anew."""
    try:
        return FenceProof.model_validate_json(place.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def forget(folder: Path) -> int:
    """Take away what is kept; how much that was."""
    kept = sorted(folder.glob("*.json"))
    for path in kept:
        path.unlink(missing_ok=True)
    return len(kept)


def proofs(folder: Path) -> tuple[FenceProof, ...]:
    """Everything that is kept, the latest last."""
    read = (read_proof(path) for path in folder.glob("*.json"))
    return tuple(sorted((one for one in read if one is not None), key=lambda one: one.at))
