"""What a checkpoint can hold."""

from typing import Any, Protocol


class Stateful(Protocol):
    """What has a state that can be saved and restored, as torch's modules and optimisers."""

    def state_dict(self) -> Any:
        """Return the state: tensors and plain values."""

    def load_state_dict(self, state: Any, /) -> Any:
        """Go on from a state."""
