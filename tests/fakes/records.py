"""Measurements in memory."""

from ccorch.schema.experience import BenchResult, Calibration, Experience, ProfileCheck, Quality


class MemoryRecords:
    """Answers the Records port."""

    def __init__(self, experience: Experience | None = None) -> None:
        self.found = experience or Experience()

    def experience(self) -> Experience:
        return self.found

    def add(self, found: BenchResult | Quality | ProfileCheck) -> None:
        name = {BenchResult: "bench", Quality: "quality", ProfileCheck: "checks"}[type(found)]
        self.found = self.found.model_copy(update={name: (*getattr(self.found, name), found)})

    def calibrate(self, found: Calibration | None) -> None:
        self.found = self.found.model_copy(update={"calibration": found})
