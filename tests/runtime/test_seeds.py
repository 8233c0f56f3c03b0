import numpy as np

from s2s_helpers.runtime.seeds import origin, step_rng


def test_the_numbers_of_a_step_are_known_by_seed_and_step():
    numbers = [step_rng(*place).integers(1 << 62) for place in ((1, 2), (1, 2), (1, 3), (2, 2), (1, 2, 1))]
    assert numbers[0] == numbers[1] and len(set(numbers)) == 4
    assert origin(step_rng(7, 9)) == (7, 9)
    assert np.array_equal(step_rng(1, 2).random(3), np.random.default_rng((1, 2)).random(3))
