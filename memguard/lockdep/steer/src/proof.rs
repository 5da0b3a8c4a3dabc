//! What is known of a report after runs that tried to show it.

use crate::token::Token;
use memguard_lockdep::ThreadState;
use std::fmt;

/// What is known of a reported cycle.
///
/// ```
/// use memguard_lockdep_steer::{Proof, prove, reports_of, sync::Mutex};
///
/// fn program() {
///     let mutex = Mutex::named("TWICE AT ONCE", ());
///     let _guards = (mutex.lock(), mutex.lock());
/// }
///
/// match prove(&reports_of(program)[0], program) {
///     Proof::Proven { token, .. } => println!("replay {token}"),
///     not_proven => panic!("{not_proven}"),
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Proof {
    /// The threads met and wait for each other for ever.
    #[non_exhaustive]
    Proven {
        /// The schedule under which they do.
        token: Token,
        /// What each thread holds and waits for then.
        threads: Vec<ThreadState>,
        /// The runs that it took.
        tried: Tried,
    },
    /// No run made them meet. That does not say that they cannot.
    #[non_exhaustive]
    Possible {
        /// The runs that were tried.
        tried: Tried,
        /// The schedule of a run that hung in another way.
        other: Option<Token>,
        /// The message of a run in which the program panicked.
        panic: Option<String>,
    },
}

impl Proof {
    /// Whether the threads met.
    pub fn is_proven(&self) -> bool {
        matches!(self, Proof::Proven { .. })
    }

    /// The schedule under which they did.
    pub fn token(&self) -> Option<&Token> {
        match self {
            Proof::Proven { token, .. } => Some(token),
            Proof::Possible { .. } => None,
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Proof::Proven { token, threads, tried } => {
                write!(f, "proven: the threads wait for each other for ever, found in {tried}")?;
                threads.iter().try_for_each(|thread| write!(f, "\n{thread}"))?;
                write!(f, "\nreplay: {token}")
            }
            Proof::Possible { tried, other, panic } => {
                write!(f, "possible: the threads did not meet in {tried}")?;
                if let Some(other) = other {
                    write!(f, "\nthe program hung in another way: {other}")?;
                }
                if let Some(panic) = panic {
                    write!(f, "\nthe program panicked: {panic}")?;
                }
                Ok(())
            }
        }
    }
}

/// How many runs were tried, and what they came to.
///
/// ```
/// assert_eq!(memguard_lockdep_steer::Tried::default().runs(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tried {
    /// Runs that held threads back at the places of the report.
    pub guided: usize,
    /// Those of them in which each place had its thread.
    pub met: usize,
    /// Runs in which any thread makes the next step.
    pub random: usize,
    /// Runs in which threads have priorities that change a few times.
    pub pct: usize,
    /// Runs that hung in another way than the report says.
    pub hung: usize,
    /// Runs in which the program panicked.
    pub panicked: usize,
    /// Runs that had more steps than the limit.
    pub too_long: usize,
}

impl Tried {
    /// All runs.
    pub fn runs(&self) -> usize {
        self.guided + self.random + self.pct
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tried { guided, met, random, pct, hung, panicked, too_long } = self;
        writeln!(f, "{} runs", self.runs())?;
        write!(f, "  {guided} guided ({met} with all threads at their places), {random} random, {pct} by priorities")?;
        for (count, what) in [(hung, "hung in another way"), (panicked, "panicked"), (too_long, "were too long")] {
            if *count > 0 {
                write!(f, "\n  {count} {what}")?;
            }
        }
        Ok(())
    }
}
