"""What programs are offered; the functions are loaded when they are first used."""

from ccorch.errors import CcorchError as CcorchError
from ccorch.frontends.python import call as call
from ccorch.frontends.python import plan as plan
from ccorch.frontends.python import show as show
from ccorch.frontends.python import submit as submit
from ccorch.frontends.python import verify as verify
from ccorch.frontends.python import wait as wait

__version__: str
