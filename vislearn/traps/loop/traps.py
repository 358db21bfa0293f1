"""All traps of a training loop, in the order in which a reader meets them."""

from vislearn.traps.loop.gradients import ZERO_GRAD_FORGOTTEN
from vislearn.traps.loop.held import (
    FROZEN_PARAMETERS_MOVE,
    NEW_HEAD_NOT_HELD,
    NOTHING_TRAINABLE,
    UNFROZEN_TOO_LATE,
)
from vislearn.traps.loop.inputs import NEVER_SCALED, NORMALIZED_TWICE, SCALED_OTHERWISE, SCALED_TWICE
from vislearn.traps.loop.modes import MISSING_EVAL, MISSING_NO_GRAD, MISSING_TRAIN
from vislearn.traps.loop.norms import FROZEN_BATCHNORM_MOVES
from vislearn.traps.loop.schedules import (
    COSINE_STEPPED_PER_EPOCH,
    ONECYCLE_STEPPED_PER_EPOCH,
    SCHEDULER_FIRST,
    STEPPED_PER_BATCH,
)
from vislearn.traps.loop.scores import NLL_WITHOUT_LOG_SOFTMAX, SIGMOID_BEFORE_LOSS, SOFTMAX_BEFORE_LOSS
from vislearn.traps.trap import Trap

__all__ = ["LOOP_TRAPS"]

LOOP_TRAPS: tuple[Trap, ...] = (
    ZERO_GRAD_FORGOTTEN,
    MISSING_EVAL,
    MISSING_TRAIN,
    MISSING_NO_GRAD,
    SOFTMAX_BEFORE_LOSS,
    SIGMOID_BEFORE_LOSS,
    NLL_WITHOUT_LOG_SOFTMAX,
    FROZEN_BATCHNORM_MOVES,
    NOTHING_TRAINABLE,
    NEW_HEAD_NOT_HELD,
    UNFROZEN_TOO_LATE,
    FROZEN_PARAMETERS_MOVE,
    SCHEDULER_FIRST,
    ONECYCLE_STEPPED_PER_EPOCH,
    COSINE_STEPPED_PER_EPOCH,
    STEPPED_PER_BATCH,
    NEVER_SCALED,
    SCALED_TWICE,
    NORMALIZED_TWICE,
    SCALED_OTHERWISE,
)
