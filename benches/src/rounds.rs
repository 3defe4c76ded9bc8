//! Contestants take turns, so that what disturbs the machine disturbs all of them, and medians leave it out.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long a contestant runs before it is the next one's turn.
const TURN: Duration = Duration::from_micros(150);

/// Inputs that are made beforehand, outside the time that is taken, are not allowed to outgrow the cache.
const MOST_INPUTS: u32 = 128;

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

    /// Runs it so many times, with no more inputs at a time than a measurement makes.
    pub fn run_in_turns(&mut self, times: u32) {
        let turn = self.most.min(times).max(1);
        for _ in 0..times / turn {
            (self.run)(turn);
        }
        (self.run)(times % turn);
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

/// Contestants that take turns, and what each took, in nanoseconds, round by round.
#[derive(Debug)]
pub struct Rounds<'a> {
    entrants: Vec<Entrant<'a>>,
    count: usize,
}

#[derive(Debug)]
struct Entrant<'a> {
    contestant: Contestant<'a>,
    /// How often it runs in a turn.
    times: u32,
    took: Vec<f64>,
}

/// How many passes are made over several sets of contestants.
const PASSES: u32 = 10;

impl<'a> Rounds<'a> {
    /// Finds out how often each runs in a turn.
    pub fn new(contestants: Vec<Contestant<'a>>) -> Self {
        let enter = |mut contestant: Contestant<'a>| {
            let times = contestant.times_in_a_turn();
            Entrant { contestant, times, took: Vec::new() }
        };
        Self { entrants: contestants.into_iter().map(enter).collect(), count: 0 }
    }

    /// Lets all sets have rounds for about `time` each, in several passes, so that what disturbs the machine
    /// for some seconds disturbs a part of each set and not all of one.
    pub fn run_all(sets: &mut [Self], time: Duration) {
        for _ in 0..PASSES {
            for set in &mut *sets {
                set.run(time / PASSES);
            }
        }
    }

    /// Each round begins with another.
    fn run(&mut self, time: Duration) {
        let start = Instant::now();
        loop {
            for turn in 0..self.entrants.len() {
                let index = (turn + self.count) % self.entrants.len();
                let Entrant { contestant, times, took } = &mut self.entrants[index];
                let elapsed = contestant.run(*times);
                took.push(elapsed.as_nanos() as f64 / f64::from(*times));
            }
            self.count += 1;
            if start.elapsed() >= time {
                break;
            }
        }
    }

    /// The quarter of the rounds in which all together were quickest, each beside its own median: then
    /// nobody else was using the core, or what it shares with others.
    fn quiet(&self) -> Vec<usize> {
        let medians: Vec<f64> =
            self.entrants.iter().map(|entrant| median(entrant.took.clone())).collect();
        let noise = |round: usize| -> f64 {
            self.entrants.iter().zip(&medians).map(|(each, median)| each.took[round] / median).sum()
        };
        let mut rounds: Vec<usize> = (0..self.count).collect();
        rounds.sort_by(|a, b| noise(*a).total_cmp(&noise(*b)));
        rounds.truncate(self.count.div_ceil(4));
        rounds
    }

    /// The contestants' names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.entrants.iter().map(|entrant| entrant.contestant.name())
    }

    fn all(&self, name: &str) -> &[f64] {
        let found = self.entrants.iter().find(|entrant| entrant.contestant.name() == name);
        &found.unwrap_or_else(|| panic!("no contestant {name}")).took
    }

    /// The median of a contestant in quiet rounds, in nanoseconds.
    pub fn nanos(&self, name: &str) -> f64 {
        self.compare([name], |[nanos]| nanos)
    }

    /// The median of what `of` makes of the contestants' times in each quiet round: side by side, not
    /// days apart.
    pub fn compare<const N: usize>(&self, names: [&str; N], of: impl Fn([f64; N]) -> f64) -> f64 {
        let all = names.map(|name| self.all(name));
        median(self.quiet().into_iter().map(|round| of(all.map(|times| times[round]))).collect())
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
