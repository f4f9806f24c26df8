//! The macros that turn the claims of the conformance suite into tests.

/// Declares the claims of one file of the suite: their table `CLAIMS`, and a macro named after the file that makes a
/// `#[test]` of each. The functions are private, so that the compiler warns of one that is not in the table.
macro_rules! claims {
    ($file:ident: $($claim:ident),+ $(,)?) => {
        claims! { @expand ($) $file: $($claim)+ }
    };
    (@expand ($dollar:tt) $file:ident: $($claim:ident)+) => {
        pub(crate) const CLAIMS: &[$crate::conformance::Claim] = &[$((stringify!($claim), $claim)),+];

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $file {
            ($dollar factory:expr) => {
                $(
                    #[test]
                    fn $claim() {
                        $crate::conformance::check(stringify!($claim), &$dollar factory);
                    }
                )+
            };
        }
    };
}

/// Makes a `#[test]` of every claim of the conformance suite, for the Store whose locations the factory creates; see
/// the [crate] for an example.
#[macro_export]
macro_rules! conformance {
    ($factory:expr) => {
        $crate::conformance! { @files $factory;
            additive
            distributions
            exact
            overflow
            all_or_nothing
            exactly_once
            outages
            pending_memory
            health_reports
            read_your_writes
            durability
            identity
            limits
            retention
            wrong_clocks
            schema
            schema_changes
            calendar
            original_bugs
            original_readme
            differential
            property
        }
    };
    (@files $factory:expr; $($file:ident)+) => {
        $(
            $crate::$file!($factory);
        )+

        #[test]
        fn every_file_of_claims_is_tested() {
            $crate::conformance::check_files(&[$(stringify!($file)),+]);
        }
    };
}
