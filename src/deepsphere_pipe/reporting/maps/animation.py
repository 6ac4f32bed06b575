"""Pictures one after the other, as files that repeat for ever."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Patch
from PIL import Image

COLOURS = 96
"""Of the GIF."""

SUFFIXES = ("gif", "webp")


def encoded(
    frames: Sequence[Image.Image], exact: Sequence[Patch], seconds: float
) -> dict[str, bytes]:
    """Return an animation by the suffixes of its files.

    Parameters
    ----------
    frames
        RGB pictures of one size.
    exact
        What has colours that the palette must have, however small it is: those of events.
    seconds
        How long each is shown.
    """
    # One palette for all frames, or colours would flicker.
    some = frames[:: max(1, len(frames) // 4)]
    joined = Image.fromarray(np.concatenate([np.asarray(frame) for frame in some]))
    events = np.array([patch.get_facecolor() for patch in exact])
    on_white = np.rint(255 * (1 - events[:, 3:] * (1 - events[:, :3]))).astype(int)
    palette = joined.quantize(COLOURS - len(on_white), dither=Image.Dither.NONE)
    palette.putpalette([*(palette.getpalette() or ()), *on_white.ravel().tolist()])
    in_palette = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    files = {}
    for suffix, (first, *others), options in (
        ("gif", in_palette, {"optimize": False}),
        ("webp", frames, {"quality": 70, "method": 2}),
    ):
        content = io.BytesIO()
        options |= {"loop": 0, "duration": round(1000 * seconds)}
        first.save(content, suffix, save_all=True, append_images=others, **options)
        files[suffix] = content.getvalue()
    return files
