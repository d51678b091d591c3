"""The plans that a client was shown, so that it can submit one by its id alone."""

import threading
from collections import OrderedDict

from ccorch.errors import PlanDrifted
from ccorch.operations.submitting import SHORTEST
from ccorch.schema.planning import PlanRequest, RunRequest

MOST = 200
"""Plans that are kept; the ones shown longest ago are forgotten first."""


class Shown:
    """What each plan was asked with; a new server knows none, and planning again gives the same id."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, PlanRequest] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, plan_id: str, request: PlanRequest) -> None:
        """Remember what a plan was asked with."""
        with self._lock:
            self._asked[plan_id] = request
            self._asked.move_to_end(plan_id)
            while len(self._asked) > MOST:
                self._asked.popitem(last=False)

    def filled(self, request: RunRequest) -> RunRequest:
        """The request with what its plan was asked with, where it names a plan alone."""
        if request.plan_id is None or request.overrides or request.task is not None or request.overlay.is_given:
            return request
        found = self._found(request.plan_id)
        if found is None:
            raise PlanDrifted(
                f"this server has shown no plan {request.plan_id[:SHORTEST]!r}",
                hint="call plan again with the same arguments: what is the same has the same plan_id",
            )
        given = {"overrides": found.overrides, "overlay": found.overlay, "task": found.task}
        return request.model_copy(update=given)

    def _found(self, plan_id: str) -> PlanRequest | None:
        with self._lock:
            fitting = [name for name in self._asked if name.startswith(plan_id) and len(plan_id) >= SHORTEST]
            return self._asked[fitting[0]] if len(fitting) == 1 else None
