//! What was measured against what is allowed.

/// How much two runs of the same code differ on a quiet machine: a ratio of at least this is "never slower".
pub const NOISE: f64 = 0.99;

/// The budgets that were judged so far. Each prints its line as it is judged.
#[derive(Debug, Default)]
pub struct Budgets {
    lines: Vec<String>,
    over: bool,
}

impl Budgets {
    /// `value` may be at most `limit`.
    pub fn at_most(&mut self, name: &str, value: f64, limit: f64) {
        self.judge(name, value, "<=", limit, value <= limit);
    }

    /// `value` must be at least `limit`.
    pub fn at_least(&mut self, name: &str, value: f64, limit: f64) {
        self.judge(name, value, ">=", limit, value >= limit);
    }

    fn judge(&mut self, name: &str, value: f64, than: &str, limit: f64, ok: bool) {
        let verdict = if ok { "ok" } else { "OVER" };
        self.take(format!("budget {name} {value:.3} {than}{limit} {verdict}"));
    }

    /// A line that was judged elsewhere: by another program of this package.
    pub fn take(&mut self, line: String) {
        self.over |= line.ends_with(" OVER");
        self.lines.push(line);
    }

    /// Whether any is over its limit.
    pub const fn any_over(&self) -> bool {
        self.over
    }

    /// Prints all lines.
    pub fn print(&self) {
        println!();
        for line in &self.lines {
            println!("{line}");
        }
    }
}
