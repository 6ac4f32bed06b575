"""Maps show the events of truth and prediction in their colours, wherever they are."""

import matplotlib.image
import numpy as np

from deepsphere_pipe.reporting.maps.snapshot import truth_and_prediction
from deepsphere_pipe.samplings import Icosahedral
from tests.reporting.conftest import write_predictions


def test_colours_reach_the_map(tmp_path, predictions_file):
    colours = {"AR": "#00ff00", "TC": "#ff0000", "BG": "#ffffff"}  # order must not matter
    truth_and_prediction(predictions_file, tmp_path / "map", {"colours": colours, "dpi": 60})
    image = matplotlib.image.imread(tmp_path / "map.png")[..., :3]
    truth = image[: image.shape[0] // 2, : image.shape[1] // 2]
    green = (truth[..., 1] > 0.8) & (truth[..., 0] < 0.3) & (truth[..., 2] < 0.3)
    red = (truth[..., 0] > 0.8) & (truth[..., 1] < 0.3) & (truth[..., 2] < 0.3)
    assert green.mean() > 0.02  # the band of AR
    assert np.flatnonzero(green.any(axis=1)).max() < truth.shape[0] / 2 + 10  # lies in the north
    assert not red.any()  # and the first map has no TC


def test_a_globe_shows_the_events_of_a_part_of_the_sphere(tmp_path):
    """The part lies on the far side of a globe above 0° east."""
    sampling = Icosahedral(4)
    here = (np.abs(sampling.longitude) > 150) & (np.abs(sampling.latitude) < 30)
    truth = (sampling.latitude[here] > 15).astype(np.uint8)[None]
    probability = np.eye(3)[truth]
    path = write_predictions(tmp_path / "part.nc", sampling, truth, probability, here)
    colours = {"AR": "#00ff00", "TC": "#ff0000", "BG": "#ffffff"}
    for number, labels in enumerate((truth, 0 * truth)):  # with events, and without any
        write_predictions(path, sampling, labels, np.eye(3)[labels], here)
        settings = {"projection": "orthographic", "colours": colours, "dpi": 60}
        truth_and_prediction(path, tmp_path / f"map{number}", settings)
        image = matplotlib.image.imread(tmp_path / f"map{number}.png")[..., :3]
        red = (image[..., 0] > 0.8) & (image[..., 1] < 0.3) & (image[..., 2] < 0.3)
        grey = (np.ptp(image, axis=-1) < 0.02) & (image[..., 0] < 0.8)
        assert (red.mean() > 0.01) == (number == 0)
        assert grey.mean() > 0.02  # the moisture of the part
