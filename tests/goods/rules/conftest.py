"""Where the stories begin."""

import pytest

from tests.builders import (
    Scene,
    units,
)
from tests.goods.rules.stories import CASE, PALLET


@pytest.fixture
def scene() -> Scene:
    """Acme has commissioned 20 units."""
    scene = Scene()
    scene.commission("acme", units(20))
    return scene


@pytest.fixture
def packed(scene: Scene) -> Scene:
    """Units 0..9 are in a case on a pallet; 10..19 are loose. All of it is acme's."""
    scene.pack("acme", CASE, *units(10))
    scene.pack("acme", PALLET, CASE)
    return scene


@pytest.fixture
def received(packed: Scene) -> Scene:
    """Meddist has received the pallet."""
    packed.send("acme", "meddist", PALLET)
    return packed
