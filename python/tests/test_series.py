"""Series of periods between two dates."""

import datetime
from decimal import Decimal

from staste import AveragedMetrica, StoredChoiceAxis


def test_series_has_each_period_once_with_its_middle():
    metrica = AveragedMetrica("series", [("c", StoredChoiceAxis())], multiplier=100)
    since = datetime.datetime(2010, 2, 7)
    metrica.kick(value=3, date=since)
    metrica.kick(value=Decimal("0.29"), date=since + datetime.timedelta(days=1))
    until = since + datetime.timedelta(days=3)
    noon = since + datetime.timedelta(hours=12)
    day = datetime.timedelta(days=1)
    assert metrica.timeserie(since, until, "day") == [(noon, 3), (noon + day, 0.29), (noon + 2 * day, 0)]
    assert metrica.timeserie_counts(since, until, "day") == [(noon, 1), (noon + day, 1), (noon + 2 * day, 0)]
    averages = metrica.timeserie_averages(since, until, scale="day")
    assert averages == [(noon, 3), (noon + day, 0.29), (noon + 2 * day, None)]
    both = metrica.timeserie_counts_and_averages(since, until, "day")
    assert both[0] == (noon, 1, 3) and both[2] == (noon + 2 * day, 0, None)
    # The finest scale that is kept for so long, which hours are not.
    assert metrica.timeserie(since, until) == metrica.timeserie(since, until, "day")
    now = metrica.now().replace(second=0)
    minutes = metrica.timeserie(now - datetime.timedelta(hours=1), now)
    assert len(minutes) == 60


def test_series_until_now_starts_and_ends_at_whole_minutes(guests):
    guests.kick()
    now = guests.now()
    hours = guests.timeserie(now - datetime.timedelta(hours=5), now + datetime.timedelta(minutes=1), "hour")
    assert sum(total for _, total in hours) == 1
    naive = now.replace(tzinfo=None)
    assert len(guests.timeserie(naive - datetime.timedelta(hours=5), naive, "hour")) in (5, 6)


def test_series_has_both_hours_when_a_clock_is_set_back(new_guests, clock):
    clock.set("2025-10-27T00:00Z")
    metrica = new_guests(zone="Europe/Riga")
    series = metrica.timeserie(datetime.datetime(2025, 10, 26), datetime.datetime(2025, 10, 27), "hour")
    times = [middle for middle, _ in series]
    assert len(times) == 25
    assert [time.fold for time in times[3:5]] == [0, 1] and times[3].replace(fold=1) == times[4]
    twice = datetime.datetime(2025, 10, 26, 3, 30)
    metrica.kick(date=twice)
    metrica.bind().kick(2, twice.replace(fold=1))
    metrica.kick(4, datetime.datetime(2025, 10, 26, 12, fold=1))
    series = metrica.timeserie(datetime.datetime(2025, 10, 26), datetime.datetime(2025, 10, 27), "hour")
    assert [total for _, total in series[3:5]] == [1, 2] and metrica.total() == 7
