//! Contestants take turns, so that what disturbs the machine disturbs all of them, and medians leave it out.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long a contestant runs before it is the next one's turn.
const TURN: Duration = Duration::from_micros(150);

/// Inputs that are made beforehand, outside the time that is taken, are not allowed to outgrow the cache.
const MOST_INPUTS: u32 = 128;

const FEWEST_ROUNDS: usize = 7;
const MOST_ROUNDS: usize = 2001;

/// Something that is measured.
pub struct Contestant<'a> {
    name: &'static str,
    /// Runs so many times, and tells how long it took.
    run: Box<dyn FnMut(u32) -> Duration + 'a>,
    most: u32,
}

impl<'a> Contestant<'a> {
    /// One that needs nothing new for each run.
    pub fn new<T>(name: &'static str, mut work: impl FnMut() -> T + 'a) -> Self {
        let run = move |times| {
            let start = Instant::now();
            for _ in 0..times {
                black_box(work());
            }
            start.elapsed()
        };
        Self { name, run: Box::new(run), most: u32::MAX }
    }

    /// One that uses up an input, whose making is not measured.
    pub fn with_input<I, T>(
        name: &'static str,
        mut input: impl FnMut() -> I + 'a,
        mut work: impl FnMut(I) -> T + 'a,
    ) -> Self {
        let run = move |times| {
            let inputs: Vec<I> = (0..times).map(|_| input()).collect();
            let start = Instant::now();
            for input in inputs {
                black_box(work(input));
            }
            start.elapsed()
        };
        Self { name, run: Box::new(run), most: MOST_INPUTS }
    }

    /// What it is called.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it so many times.
    pub fn run(&mut self, times: u32) -> Duration {
        (self.run)(times)
    }

    /// How often it runs in a turn.
    fn times_in_a_turn(&mut self) -> u32 {
        let mut times = 1;
        while times < self.most && (self.run)(times) < TURN {
            times = times.saturating_mul(2).min(self.most);
        }
        times
    }
}

impl fmt::Debug for Contestant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contestant").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What each contestant took, in nanoseconds, round by round.
#[derive(Debug)]
pub struct Rounds(Vec<(&'static str, Vec<f64>)>);

impl Rounds {
    /// Lets them take turns for about `time`, each round beginning with another.
    pub fn of(mut contestants: Vec<Contestant<'_>>, time: Duration) -> Self {
        let times: Vec<u32> = contestants.iter_mut().map(Contestant::times_in_a_turn).collect();
        let mut rounds: Vec<_> = contestants.iter().map(|each| (each.name, Vec::new())).collect();
        let start = Instant::now();
        for round in 0..MOST_ROUNDS {
            if round >= FEWEST_ROUNDS && start.elapsed() >= time {
                break;
            }
            for turn in 0..contestants.len() {
                let index = (turn + round) % contestants.len();
                let (contestant, times) = (&mut contestants[index], times[index]);
                let took = (contestant.run)(times);
                rounds[index].1.push(took.as_nanos() as f64 / f64::from(times));
            }
        }
        Self(rounds)
    }

    /// The contestants' names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().map(|(name, _)| *name)
    }

    fn all(&self, name: &str) -> &[f64] {
        let found = self.0.iter().find(|(each, _)| *each == name);
        &found.unwrap_or_else(|| panic!("no contestant {name}")).1
    }

    /// The median of a contestant, in nanoseconds.
    pub fn nanos(&self, name: &str) -> f64 {
        median(self.all(name).to_vec())
    }

    /// The median of what `of` makes of the contestants' times in each round: side by side, not days apart.
    pub fn compare<const N: usize>(&self, names: [&str; N], of: impl Fn([f64; N]) -> f64) -> f64 {
        let all = names.map(|name| self.all(name));
        let rounds = all.iter().map(|times| times.len()).min().unwrap_or_default();
        median((0..rounds).map(|round| of(all.map(|times| times[round]))).collect())
    }

    /// How many times as long `name` takes as `other`.
    pub fn ratio(&self, name: &str, other: &str) -> f64 {
        self.compare([name, other], |[name, other]| name / other)
    }
}

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
