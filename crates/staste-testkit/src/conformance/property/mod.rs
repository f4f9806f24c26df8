//! Random histories of definitions, kicks, time, restarts, flushes, faults and queries, compared with the model.

mod history;
mod process;
mod replay;

use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::store_location::Factory;
use history::history;
use replay::Replay;

claims! { property:
    random_histories_match_the_model,
}

/// Number of histories, which are the same ones in every run.
const CASES: u32 = 128;

/// At any moment of any history, the results of the Store are those of the model.
fn random_histories_match_the_model(factory: Factory<'_>) {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2010),
        max_shrink_iters: 2000,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&history(), |history| {
        Replay::new(factory, &history).run();
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
