"""A program that uses the typed API, for type checkers."""

import asyncio
import datetime

import staste
from staste.axis import Axis, HierarchicalAxis, StoredChoiceAxis
from staste.metrica import AveragedMetrica, Metrica

guests = Metrica(
    "guests",
    axes=[
        ("gender", Axis(choices=["boy", "girl"])),
        ("age", StoredChoiceAxis(cap=200)),
        ("place", HierarchicalAxis()),
    ],
    zone="Europe/Riga",
    keep={"minute": "1d"},
)
spent = AveragedMetrica("spent", multiplier=100)


def count() -> None:
    """Count guests and money."""
    guests.kick(gender="girl", age=18, place=("europe", "latvia"))
    guests.kick(2, datetime.datetime(2026, 2, 7), gender="boy")
    bound: staste.BoundPoint = guests.bind(gender="girl", age=18)
    bound.kick()
    spent.kick(value=12.5)


def query() -> dict[str, int | float]:
    """Return the results of some queries."""
    girls: int | float = guests.filter(gender="girl").timespan(year=2026).total()
    average: float | None = spent.average()
    day = (datetime.date(2026, 1, 1), datetime.date(2026, 1, 2))
    for middle, number in spent.timeserie_counts(*day, "day"):
        print(middle.isoformat(), number)
    ages: list[str] = [choice for choice, _ in guests.between(*day).iterate("age")]
    top: list[staste.ChoiceTotal] = guests.top("age", 3)
    pairs = guests.pivot("gender", "age")
    return {"girls": girls, "average": average or 0.0, "ages": len(ages), "pairs": len(pairs), "top": top[0].total}


def problems() -> list[str]:
    """Return losses, and kicks that wait for too long."""
    health: staste.Health = staste.health()
    age: float | None = health.pending_age
    late = [f"kicks wait for {age:.0f} seconds"] if age is not None and age > 60 else []
    return late + [f"{trouble.at:%H:%M} {trouble}" for trouble in staste.troubles()]


async def unset_total() -> int | float:
    """Return a total without blocking the event loop."""
    return await guests.filter(gender=staste.UNSET).atotal()


if __name__ == "__main__":
    staste.configure("memory:")
    count()
    print(query(), asyncio.run(unset_total()))
    assert problems() == []
    staste.flush()
