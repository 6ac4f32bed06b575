# What the end of a run says: the scores, or which steps failed and why.

import atexit

FAILURES_SHOWN = 5


def headline():
    """Return the scores of the study and where the report lies, for the end of a run."""
    html = Path(REPORT)
    made = [Path(path) for path in of_all("scores.json") if Path(path).exists()]
    if html.exists() and not RUNS:
        return f"\nReport: {REPORT}\n"
    if not html.exists() or any(p.stat().st_mtime > html.stat().st_mtime for p in made):
        return ""  # the run was asked for less than everything
    if strangers := [
        *filter_strangers("runs", RUNS),
        *filter_strangers("baselines", study.baselines_by_name),
    ]:
        return (
            f"\n{RESULTS}: the scores of {', '.join(strangers[:FAILURES_SHOWN])} were made from "
            "something else than this study asks for now, so none are shown; run the same command "
            "again without options that leave steps out.\n"
        )
    with open(f"{RESULTS}/tables/scores.csv", newline="", encoding="utf-8") as table:
        lines = [
            f"  {' '.join(filter(None, map(row.get, AXES))):<30}"
            + "".join(
                f"{name} {100 * float(row[column] or 'nan'):5.1f}   "
                for name, column in (
                    ("mean AP", "mean_average_precision"),
                    ("AP TC", "average_precision_tc"),
                    ("AP AR", "average_precision_ar"),
                )
            )
            for row in csv.DictReader(table)
        ]
    return "\n".join(
        [
            "",
            "Test scores in per cent",
            *lines,
            "",
            f"Report: {REPORT}",
            f"Maps by epoch: {EXPLORER}",
            "",
        ]
    )


def filter_strangers(kind, names):
    """Return the names of scores that were made from something else."""
    return [name for name in names if is_stranger(kind, name)]


def failures(jobs):
    """Return what failed, the last error of each and the path of its log."""
    singles = [job for job in jobs if not job.is_group()]
    for group in (job for job in jobs if job.is_group()):
        # Which of its steps it was is not told: those that left nothing but a log.
        left = [j for j in group if not all(Path(path).exists() for path in j.output)]
        singles += [job for job in left if job.log and Path(job.log[0]).exists()]
    if not singles:
        return "\nStopped before all was done; the same command goes on from here."
    texts = []
    for job in sorted(singles, key=lambda job: str(job.log))[:FAILURES_SHOWN]:
        what = " ".join([job.rule.name, *map(str, job.wildcards)])
        log = str(job.log[0]) if job.log else None
        texts.append(f"Failed: {what}: {last_error(log)}" + (f"\n  log: {log}" if log else ""))
    if more := len(singles) - FAILURES_SHOWN:
        texts += [f"and {more} more."] if more > 0 else []
    return "\n".join(["", *texts])


def last_error(log):
    """Return the last line of a log that tells of an error."""
    try:
        text = Path(log).read_text(encoding="utf-8", errors="replace")
    except (OSError, TypeError):
        return "it has left no log; was it killed?"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.match(r"error:|[\w.]+(Error|Exception)(:|$)", line)]
    if telling:
        return telling[-1].removeprefix("error: ")
    return "its log tells of no error; was it killed, or was there too little memory?"


onsuccess:
    print(headline())


onerror:
    # Snakemake has more to say, so this comes when it has ended.
    atexit.register(print, failures(workflow.scheduler.failed), file=sys.stderr, flush=True)
