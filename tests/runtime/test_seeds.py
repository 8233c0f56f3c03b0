import numpy as np
import torch

from s2s_helpers.runtime.seeds import begin_step, step_rng


def test_the_numbers_of_a_step_are_known_by_seed_and_step():
    numbers = [step_rng(*place).integers(1 << 62) for place in ((1, 2), (1, 2), (1, 3), (2, 2), (1, 2, 1))]
    assert numbers[0] == numbers[1] and len(set(numbers)) == 4
    assert np.array_equal(step_rng(1, 2).random(3), np.random.default_rng((1, 2)).random(3))


def test_a_step_begins_in_the_same_state_wherever_it_begins():
    def first(*place):
        begin_step(*place)
        return torch.rand(1).item()

    assert first(1, 2) == first(1, 2) and len({first(1, 2), first(1, 3), first(2, 2), first(1, 2, 1)}) == 4
