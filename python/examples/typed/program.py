"""What a program does, as checkers of types see it."""

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
    """Count somebody and something."""
    guests.kick(gender="girl", age=18, place=("europe", "latvia"))
    guests.kick(2, datetime.datetime(2026, 2, 7), gender="boy")
    bound = guests.bind(gender="girl", age=18)
    bound.kick()
    spent.kick(value=12.5)


def ask() -> dict[str, int | float]:
    """Ask in many ways."""
    girls: int | float = guests.filter(gender="girl").timespan(year=2026).total()
    average: float | None = spent.average()
    day = (datetime.date(2026, 1, 1), datetime.date(2026, 1, 2))
    for middle, number in spent.timeserie_counts(*day, "day"):
        print(middle.isoformat(), number)
    ages: list[str] = [choice for choice, _ in guests.between(*day).iterate("age")]
    pairs = guests.pivot("gender", "age")
    return {"girls": girls, "average": average or 0.0, "ages": len(ages), "pairs": len(pairs)}


def look_after() -> list[str]:
    """Say what was lost, and what waits too long."""
    health: staste.Health = staste.health()
    age: float | None = health.pending_age
    late = [f"kicks wait for {age:.0f} seconds"] if age is not None and age > 60 else []
    return late + [f"{trouble.at:%H:%M} {trouble}" for trouble in staste.troubles()]


async def later() -> int | float:
    """Ask without holding up a loop."""
    return await guests.filter(gender=staste.UNSET).atotal()


if __name__ == "__main__":
    staste.configure("memory:")
    count()
    print(ask(), asyncio.run(later()))
    assert look_after() == []
    staste.flush()
