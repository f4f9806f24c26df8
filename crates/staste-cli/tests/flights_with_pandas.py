"""Group-bys of the flights with pandas, as JSON, to compare staste's answers with exactly."""

import json
import sys

import pandas

flights = pandas.read_csv(sys.argv[1], usecols=["carrier", "origin", "dest", "dep_delay", "time_hour"], keep_default_na=False)
flights["local"] = pandas.to_datetime(flights["time_hour"], utc=True).dt.tz_convert("America/New_York")
flights["month"] = flights["local"].dt.strftime("%Y-%m")
flights["day"] = flights["local"].dt.strftime("%Y-%m-%d")
delayed = flights[flights["dep_delay"] != "NA"].copy()
delayed["dep_delay"] = delayed["dep_delay"].astype("int64")


def around(frame, day):
    first = pandas.Timestamp(day) - pandas.Timedelta(days=2)
    days = [(first + pandas.Timedelta(days=n)).strftime("%Y-%m-%d") for n in range(5)]
    return frame[frame["day"].isin(days)]


def key(group):
    return "|".join(group) if isinstance(group, tuple) else group


def counts(frame, by):
    return {key(group): int(size) for group, size in frame.groupby(by).size().items()}


def sums(frame, by):
    groups = frame.groupby(by)["dep_delay"].agg(["sum", "count", "mean"])
    return {key(group): [int(row["sum"]), int(row["count"]), float(row["mean"])] for group, row in groups.iterrows()}


def percentiles(frame, by):
    groups = frame.groupby(by)["dep_delay"]
    found = {share: groups.quantile(share / 100) for share in (50, 95, 99)}
    return {key(group): [float(found[share][group]) for share in (50, 95, 99)] for group in found[50].index}


def every(frame, of):
    answers = {"carrier": of(frame, "carrier"), "origin": of(frame, "origin"), "month": of(frame, "month")}
    answers["spring"] = of(around(frame, "2013-03-10"), "day")
    answers["autumn"] = of(around(frame, "2013-11-03"), "day")
    answers["carrier_origin"] = of(frame, ["carrier", "origin"])
    return answers


json.dump(
    {
        "flights": len(flights),
        "delayed": len(delayed),
        "delay": int(delayed["dep_delay"].sum()),
        "counts": every(flights, counts),
        "delays": every(delayed, sums),
        "percentiles": every(delayed, percentiles),
    },
    sys.stdout,
)
