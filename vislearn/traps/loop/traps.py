"""All traps of a training loop, in the order in which a reader meets them."""

from vislearn.traps.loop.gradients import ZERO_GRAD_FORGOTTEN
from vislearn.traps.loop.held import (
    FROZEN_PARAMETERS_MOVE,
    MODULE_NOT_FROZEN,
    NEW_HEAD_NOT_HELD,
    NOTHING_TRAINABLE,
    STEPS_WITHOUT_GRADIENTS,
    UNFROZEN_TOO_LATE,
)
from vislearn.traps.loop.inputs import NEVER_SCALED, NORMALIZED_TWICE, SCALED_OTHERWISE, SCALED_TWICE
from vislearn.traps.loop.modes import MISSING_EVAL, MISSING_NO_GRAD, MISSING_TRAIN
from vislearn.traps.loop.norms import FROZEN_BATCHNORM_MOVES
from vislearn.traps.loop.plateaus import PLATEAU_OF_ACCURACY
from vislearn.traps.loop.renewed import MADE_ANEW
from vislearn.traps.loop.schedules import (
    COSINE_STEPPED_PER_EPOCH,
    ONECYCLE_STEPPED_PER_EPOCH,
    SCHEDULER_FIRST,
    SCHEDULER_NEVER_MOVES,
    STEPPED_PER_BATCH,
)
from vislearn.traps.loop.scores import (
    NLL_WITHOUT_LOG_SOFTMAX,
    PROBABILITIES_WHILE_JUDGING,
    SIGMOID_BEFORE_LOSS,
    SOFTMAX_BEFORE_LOSS,
)
from vislearn.traps.loop.unheld import PART_NOBODY_HOLDS
from vislearn.traps.loop.unreached import PART_WITHOUT_GRADIENTS
from vislearn.traps.trap import Trap

__all__ = ["LOOP_TRAPS"]

LOOP_TRAPS: tuple[Trap, ...] = (
    ZERO_GRAD_FORGOTTEN,
    STEPS_WITHOUT_GRADIENTS,
    PART_WITHOUT_GRADIENTS,
    PART_NOBODY_HOLDS,
    MISSING_EVAL,
    MISSING_TRAIN,
    MISSING_NO_GRAD,
    SOFTMAX_BEFORE_LOSS,
    SIGMOID_BEFORE_LOSS,
    NLL_WITHOUT_LOG_SOFTMAX,
    PROBABILITIES_WHILE_JUDGING,
    FROZEN_BATCHNORM_MOVES,
    MODULE_NOT_FROZEN,
    NOTHING_TRAINABLE,
    NEW_HEAD_NOT_HELD,
    UNFROZEN_TOO_LATE,
    FROZEN_PARAMETERS_MOVE,
    SCHEDULER_FIRST,
    SCHEDULER_NEVER_MOVES,
    PLATEAU_OF_ACCURACY,
    MADE_ANEW,
    ONECYCLE_STEPPED_PER_EPOCH,
    COSINE_STEPPED_PER_EPOCH,
    STEPPED_PER_BATCH,
    NEVER_SCALED,
    SCALED_TWICE,
    NORMALIZED_TWICE,
    SCALED_OTHERWISE,
)
