//! Charts of all kinds, ordinary and odd, with fixed numbers.

use std::f64::consts::TAU;
use std::sync::Arc;

use staste_core::{
    Clock, Distribution, MemoryStore, Moment, Percentile, Period, RecorderOptions, Scale, Staste, Timespan,
    Unit, Zone,
};
use staste_web::drawing::{
    BarList, BarRow, Caption, Color, Donut, Drawing, Histogram, HourHeatmap, Line, LineChart, Number,
    SecondSeries, Slice, TimeAxis, Timeline, ValueHeatmap,
};

/// 2023-11-14 22:13:20 UTC.
const NOW: i64 = 1_700_000_000;

/// Names as people and attackers write them.
const NAMES: [&str; 12] = [
    "/",
    "/pricing",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "/blog/how-we-count-two-billion-events-without-losing-one-of-them-and-without-a-database",
    "",
    "漢字かな交じり文のとても長い見出しがここに入ります",
    "مرحبا بالعالم",
    "🐢🐢🐢",
    "line\nbreak\tand\u{0}nul",
    "a\u{202e}desrever",
    "(other)",
];

fn caption(id: &str, title: &str) -> Caption {
    Caption { id: id.to_owned(), title: title.into(), description: format!("A sample: {title}.").into() }
}

fn periods(timespan: Timespan, scale: Scale, zone: &str) -> Vec<(Period, bool)> {
    let staste = Staste::with(Arc::new(MemoryStore::new()), Clock::fixed(NOW), RecorderOptions::default());
    let metrica = staste.metrica("guests").zone(zone).build().unwrap();
    metrica.kick([] as [(&str, &str); 0]).unwrap();
    let series = metrica.timespan(timespan).series(scale).unwrap();
    series.into_iter().map(|(period, reading)| (period, reading.is_some())).collect()
}

fn times(timespan: Timespan, scale: Scale, zone: &str) -> TimeAxis {
    TimeAxis::new(periods(timespan, scale, zone), scale, &Zone::named(zone).unwrap(), NOW)
}

/// A swell over a day, with a ripple.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "made-up numbers")]
fn wave(index: usize, length: f64, height: f64) -> i128 {
    let turn = index as f64 / length * TAU;
    ((1.2 - turn.cos() + 0.2 * (turn * 7.3).sin()) * height) as i128
}

fn waves(times: &TimeAxis, length: f64, height: f64) -> Vec<Option<Number>> {
    let past = |start: i64| start <= NOW;
    let slots = times.periods().iter().enumerate();
    slots.map(|(index, slot)| past(slot.start).then(|| Number::count(wave(index, length, height)))).collect()
}

fn timeline(times: TimeAxis, height: f64) -> Timeline {
    let bars = waves(&times, 24.0, height);
    Timeline {
        time_axis: times,
        measure: "total".into(),
        bars,
        line: None,
        previous: None,
        links: Vec::new(),
        is_whole: true,
    }
}

fn slices(counts: &[i128]) -> Donut {
    let slices = counts.iter().zip(NAMES).enumerate().map(|(index, (count, name))| Slice {
        name: name.into(),
        number: Number::count(*count),
        color: if index == 11 { Color::Rest } else { Color::Nth(index) },
        link: (index == 1).then(|| "?filter=page=/pricing".to_owned()),
    });
    Donut { slices: slices.collect(), total: Number::count(counts.iter().sum()), measure: "total".into() }
}

fn lines(times: &TimeAxis, names: &[&str]) -> LineChart {
    let mut series: Vec<Line> = names
        .iter()
        .enumerate()
        .map(|(index, name)| Line {
            name: (*name).into(),
            color: Color::Nth(index + 1),
            is_total: false,
            numbers: waves(times, 24.0, 900.0 / f64::from(u32::try_from(index).unwrap() + 1)),
        })
        .collect();
    series.insert(
        0,
        Line {
            name: "total".into(),
            color: Color::Nth(0),
            is_total: true,
            numbers: waves(times, 24.0, 1900.0),
        },
    );
    LineChart { time_axis: times.clone(), series, is_whole: true }
}

/// The distribution of some values in thousandths.
fn distribution(values: impl IntoIterator<Item = f64>) -> Distribution {
    let staste = Staste::with(Arc::new(MemoryStore::new()), Clock::fixed(NOW), RecorderOptions::default());
    let metrica = staste.metrica("responses").distribution().multiplier(1000).build().unwrap();
    for value in values {
        metrica.kick_with([] as [(&str, &str); 0], value, Moment::Now).unwrap();
    }
    metrica.values().distribution().unwrap()
}

/// Response times with two humps, the second of which moves with the turn.
#[allow(clippy::cast_precision_loss, reason = "made-up numbers")]
fn humps(count: usize, turn: f64) -> Vec<f64> {
    let slow = 1.2 + (turn * TAU).sin() * 0.6;
    let at = |index: usize| (index as f64 * 0.618_034).fract() - 0.5;
    (0..count)
        .map(|index| if index % 6 == 0 { slow * at(index).exp() } else { 0.04 * (1.6 * at(index)).exp() })
        .collect()
}

/// Money won and lost.
fn signed_values() -> Vec<f64> {
    (-40..60).map(|index| f64::from(index) * f64::from(index).abs() / 7.0).chain([0.0; 12]).collect()
}

fn histogram(values: Vec<f64>, unit: &str) -> Histogram {
    let (distribution, unit) = (distribution(values), Unit::parse(unit).ok());
    let mark = |percentile: Percentile| {
        let value = distribution.percentile(percentile)?;
        Some((percentile.to_string().into(), Number::average(value, 1000).in_unit(unit.as_ref())))
    };
    let percentiles = [Percentile::MEDIAN, Percentile::P95, Percentile::P99];
    Histogram {
        bins: distribution.bins().collect(),
        marks: percentiles.into_iter().filter_map(mark).collect(),
        multiplier: 1000,
        unit,
    }
}

#[allow(clippy::cast_precision_loss, reason = "made-up numbers")]
fn value_heatmap(time_axis: TimeAxis, values: impl Fn(f64) -> Vec<f64>, unit: &str) -> ValueHeatmap {
    let slots = time_axis.periods().len() as f64;
    let past = |start: i64| start <= NOW;
    let starts: Vec<i64> = time_axis.periods().iter().map(|slot| slot.start).collect();
    let periods: Vec<Option<Distribution>> = starts
        .iter()
        .enumerate()
        .map(|(index, start)| {
            (past(*start) && index != 9).then(|| distribution(values(index as f64 / slots)))
        })
        .collect();
    let unit = Unit::parse(unit).ok();
    let p95 = periods.iter().map(|distribution| {
        let value = distribution.as_ref()?.percentile(Percentile::P95)?;
        Some(Number::average(value, 1000).in_unit(unit.as_ref()))
    });
    ValueHeatmap { numbers: vec![("p95".into(), p95.collect())], time_axis, periods, multiplier: 1000, unit }
}

/// All charts, each with a unique name.
pub(crate) fn all() -> Vec<(&'static str, Drawing)> {
    let day = || times(Timespan::day(2023, 11, 14).unwrap(), Scale::Hour, "UTC");
    let fold = times(Timespan::day(2023, 10, 29).unwrap(), Scale::Hour, "Europe/Berlin");
    let year = times(Timespan::last(365, Scale::Day).unwrap(), Scale::Day, "America/New_York");
    let months = times(Timespan::last(12, Scale::Month).unwrap(), Scale::Month, "UTC");
    let minutes = times(Timespan::last(1440, Scale::Minute).unwrap(), Scale::Minute, "UTC");
    let gone = times(Timespan::last(12, Scale::Day).unwrap(), Scale::Minute, "UTC");
    let hour = times(Timespan::last(60, Scale::Minute).unwrap(), Scale::Minute, "UTC");
    let week = times(Timespan::last(7, Scale::Day).unwrap(), Scale::Hour, "UTC");

    let mut combo = timeline(hour, 300.0);
    let average = combo.time_axis.periods().iter().enumerate().map(|(index, _)| {
        (index != 20).then(|| Number::average(if (30..36).contains(&index) { 0.147 } else { 0.03 }, 10_000))
    });
    combo.measure = "requests".into();
    combo.line = Some(SecondSeries { name: "average response time".into(), numbers: average.collect() });

    let mut compared = timeline(day(), 2000.0);
    compared.previous = Some(SecondSeries {
        name: "the day before".into(),
        numbers: waves(&compared.time_axis, 25.0, 1700.0),
    });

    let mut signed = timeline(fold, 50.0);
    for (index, bar) in signed.bars.iter_mut().enumerate() {
        if index % 3 == 0 {
            *bar = bar.as_ref().map(|bar| Number::average(-bar.value(), 1));
        }
    }
    let mut huge = timeline(months, 1.0);
    huge.bars = (0..12).map(|index| Some(Number::count(i128::MAX / (index + 1)))).collect();

    let mut gaps = lines(&week, &["Chrome", "Safari", "Firefox", "Edge", "Samsung Internet"]);
    for line in &mut gaps.series {
        for index in (20..30).chain([31]) {
            line.numbers[index] = None;
        }
    }
    let mut one = lines(&day(), &["a lone point"]);
    for line in &mut one.series {
        for (index, number) in line.numbers.iter_mut().enumerate() {
            if index != 7 {
                *number = None;
            }
        }
    }
    let mut zeros = timeline(day(), 0.0);
    zeros.bars = vec![Some(Number::count(0)); 24];

    let top = |counts: &[i128], second: bool| BarList {
        measure: "total".into(),
        rows: counts
            .iter()
            .zip(NAMES)
            .map(|(count, name)| BarRow {
                name: name.into(),
                number: Number::count(*count),
                second: second.then(|| Number::average(0.25, 100)),
                link: Some("?filter=page=x".to_owned()),
                further: Vec::new(),
            })
            .collect(),
        total: Some(Number::count(counts.iter().sum())),
        rest: None,
        second: second.then(|| "average".into()),
        further: Vec::new(),
    };
    let heat = std::array::from_fn(|day| {
        std::array::from_fn(|hour| Some(Number::count(wave(hour, 24.0, if day < 5 { 100.0 } else { 40.0 }))))
    });

    let signed_heat: [[Option<Number>; 24]; 7] = std::array::from_fn(|day| {
        std::array::from_fn(|hour| {
            Some(Number::count(wave(hour, 24.0, 100.0) - if day == 5 { 60 } else { 0 }))
        })
    });

    let many = [41_000, 17_200, 10_400, 7200, 5500, 4400, 3600, 2900, 2600, 2300, 2000, 1800];
    let draw =
        |id: &'static str, title: &str, drawn: &dyn Fn(&Caption) -> Drawing| (id, drawn(&caption(id, title)));
    vec![
        draw("donut", "Guests by page", &|caption| slices(&many).draw(caption)),
        draw("donut-one", "Guests by gender", &|caption| slices(&[38]).draw(caption)),
        draw("donut-nothing", "Guests by nothing", &|caption| slices(&[0, 0]).draw(caption)),
        draw("donut-signed", "Money by product", &|caption| slices(&[90, 30, -40]).draw(caption)),
        draw("donut-none", "Guests by none", &|caption| slices(&[]).draw(caption)),
        draw("top", "Pages", &|caption| top(&many, true).draw(caption)),
        draw("top-one", "One page", &|caption| top(&[3], false).draw(caption)),
        draw("top-none", "No page", &|caption| top(&[], false).draw(caption)),
        draw("timeline-day", "Guests by hour", &|caption| timeline(day(), 2000.0).draw(caption)),
        draw("timeline-compared", "Guests by hour, compared", &|caption| compared.draw(caption)),
        draw("timeline-year", "Guests by day", &|caption| timeline(year.clone(), 400.0).draw(caption)),
        draw("timeline-line", "Requests by minute", &|caption| combo.draw(caption)),
        draw("timeline-signed", "Money by hour", &|caption| signed.draw(caption)),
        draw("timeline-huge", "A great deal by month", &|caption| huge.draw(caption)),
        draw("timeline-zeros", "Nothing by hour", &|caption| zeros.draw(caption)),
        draw("lines", "Guests by browser", &|caption| {
            lines(&week, &["Chrome", "Safari", "Firefox", "Edge", "Samsung Internet"]).draw(caption)
        }),
        draw("lines-gaps", "Guests by browser, with gaps", &|caption| gaps.draw(caption)),
        draw("lines-one", "One point", &|caption| one.draw(caption)),
        draw("lines-many", "1,440 minutes of 11 lines", &|caption| {
            lines(&minutes, &NAMES[..10]).draw(caption)
        }),
        draw("lines-gone", "Twelve days of minutes", &|caption| lines(&gone, &["Chrome"]).draw(caption)),
        draw("histogram", "Response times", &|caption| histogram(humps(600, 0.0), "s").draw(caption)),
        draw("histogram-signed", "Money won and lost", &|caption| {
            histogram(signed_values(), "EUR").draw(caption)
        }),
        draw("histogram-one", "One response time", &|caption| histogram(vec![0.25], "s").draw(caption)),
        draw("histogram-none", "No response times", &|caption| histogram(Vec::new(), "s").draw(caption)),
        draw("spread", "Response times by hour", &|caption| {
            value_heatmap(day(), |turn| humps(200, turn), "s").draw(caption)
        }),
        draw("spread-signed", "Money won and lost by hour", &|caption| {
            value_heatmap(day(), |_| signed_values(), "EUR").draw(caption)
        }),
        draw("spread-none", "No response times by hour", &|caption| {
            value_heatmap(day(), |_| Vec::new(), "s").draw(caption)
        }),
        draw("heat-signed", "Money by hour and weekday", &|caption| {
            HourHeatmap { name: "total".into(), cells: Box::new(signed_heat.clone()), week_start: 0 }
                .draw(caption)
        }),
        draw("heat", "Guests by hour and weekday", &|caption| {
            HourHeatmap { name: "total".into(), cells: Box::new(heat.clone()), week_start: 0 }.draw(caption)
        }),
    ]
}
