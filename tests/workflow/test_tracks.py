"""Storms are followed where a study asks for it, and the rest of it stays as it is."""

import yaml

from tests.workflow.conftest import ROOT, Workflow


def test_storms_are_planned_where_a_study_asks_for_them(tmp_path):
    study = yaml.safe_load((ROOT / "config/tracks.yaml").read_text(encoding="utf-8"))
    workflow = Workflow(tmp_path, study)
    planned = workflow.counts(workflow.run("--dry-run", "--quiet", "rules").stdout)
    assert planned["score_tracks"] == planned["evaluate"] == 6
    assert planned["tracks_table"] == planned["tracks_map"] == 1
    del study["tracking"]
    without = Workflow(tmp_path, study)
    rest = without.counts(without.run("--dry-run", "--quiet", "rules").stdout)
    only = {"score_tracks", "tracks_table", "tracks_map"}
    totals = {"total"}
    assert {k: v for k, v in planned.items() if k not in only | totals} == {
        k: v for k, v in rest.items() if k not in totals
    }
