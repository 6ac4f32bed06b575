"""Equivariance errors: closed forms, and the published figure."""

import csv
from importlib.resources import files

import numpy as np
import pytest
from scipy import sparse

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs import equivariance_error, perraudin_graph, sphere_graph
from deepsphere_pipe.graphs.equivariance import ROTATIONS, trials_of_degrees
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral, within

NAMES = {
    "k-NN, k=8": 8,
    "k-NN, k=20": 20,
    "k-NN, k=40": 40,
    "Perraudin et al. 2019, k=8": "perraudin",
}
FACTORS = {8: 1.5, 20: 1.5, 40: 1.8, "perraudin": 1.8}


@pytest.fixture(scope="module")
def graphs():
    sampling = Healpix(32)
    made = {k: sphere_graph(sampling, k, "published", "normalized") for k in (8, 20, 40)}
    made["perraudin"] = perraudin_graph(sampling, "normalized", equal_weights=True)
    return made


@pytest.fixture(scope="module")
def errors(graphs):
    """{rotation: {graph: {degree: error}}} at nside 32."""
    degrees = range(10, 91, 10)
    found = {}
    for rotation in ROTATIONS:
        trials = list(trials_of_degrees(Healpix(32), degrees, rotation=rotation))
        found[rotation] = {
            name: dict(
                zip(degrees, (trial.errors(graph.L).mean() for trial in trials), strict=True)
            )
            for name, graph in graphs.items()
        }
    return found


@pytest.fixture(scope="module")
def published():
    table = files("deepsphere_pipe.reporting.graph_figures") / "published_equivariance_error.csv"
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    return {
        (NAMES[row["graph"]], int(row["degree"])): float(row["mean_equivariance_error"])
        for row in rows
    }


def test_errors_as_published_are_near_the_published_ones(errors, published):
    assert len(published) == 36
    for (name, degree), expected in published.items():
        ratio = errors["as_published"][name][degree] / expected
        assert 1 / FACTORS[name] < ratio < FACTORS[name], (name, degree)


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_curves_have_the_published_order(errors, rotation):
    for degree in range(10, 91, 10):
        ordered = [errors[rotation][name][degree] for name in (40, 20, 8, "perraudin")]
        assert ordered == sorted(ordered)


def test_much_of_the_published_error_belongs_to_the_transform(errors):
    for k, least in ((20, 2.0), (40, 3.0)):
        assert errors["as_published"][k][10] / errors["exact"][k][10] > least


@pytest.mark.parametrize("sampling", [Icosahedral(3), Healpix(8), Equiangular(bandwidth=12)])
def test_what_turns_with_the_sphere_has_no_error(sampling):
    identity = sparse.eye_array(sampling.n_vertices)
    np.testing.assert_allclose(equivariance_error(3 * identity, sampling, [2, 5]), 0, atol=1e-5)


def test_what_does_not_turn_has_a_large_error():
    sampling = Healpix(8)
    northern = sparse.diags_array(np.maximum(sampling.coordinates[:, 2], 0))
    assert (equivariance_error(northern, sampling, [2, 5]) > 0.5).all()


def test_the_exact_error_agrees_with_a_rotation_of_the_vertices():
    """Symmetries of the sampling are rotations without any error."""
    sampling = Icosahedral(3)
    graph = sphere_graph(sampling)
    trial = next(trials_of_degrees(sampling, [6], rotations=1))
    turned = trial._replace(angles=np.array([[2 * np.pi / 5, 0, 0]]))
    moved = sampling.owners(sampling.coordinates @ _about_z(2 * np.pi / 5))
    turned = turned._replace(rotated=trial.functions[:, None, moved])
    # What is left is the part of L f beyond the degrees that the transform knows.
    assert turned.errors(graph.L).mean() < 0.5 * trial.errors(graph.L).mean()
    turned = turned._replace(rotated=trial.functions[:, None])  # not rotated at all
    assert turned.errors(graph.L).mean() > 1


def _about_z(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def test_draws_of_a_degree_do_not_depend_on_the_others():
    graph = sphere_graph(Healpix(8), 8)
    together = equivariance_error(graph, Healpix(8), [3, 5, 9])
    assert equivariance_error(graph, Healpix(8), [9])[0] == together[2]


def test_impossible_questions_are_told_in_a_sentence():
    graph = sphere_graph(Healpix(4), 8)
    with pytest.raises(UserError, match="resolves degrees 0 to 11, not 12"):
        equivariance_error(graph, Healpix(4), [12])
    with pytest.raises(UserError, match="There is no rotation 'slow'"):
        equivariance_error(graph, Healpix(4), [3], rotation="slow")
    part = within(Healpix(4), 0, 0, 90, 60)
    with pytest.raises(UserError, match="covers a part of the sphere"):
        equivariance_error(sphere_graph(part, 4), part, [3])
