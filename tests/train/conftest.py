"""Pictures that the trainings in these tests learn from."""

import pytest
from small_trainings import waves


@pytest.fixture(scope="session")
def crops():
    return waves()
