use std::error::Error;
use std::fmt;

/// Displays an error with all its causes: `the claim store did not answer: connection refused`.
///
/// Meant for logs. A cause is left out if its parent's text already ends with it.
#[derive(Debug, Clone, Copy)]
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.to_string();
        f.write_str(&shown)?;
        let mut error = self.0;
        while let Some(source) = error.source() {
            let text = source.to_string();
            if !shown.ends_with(&text) {
                write!(f, ": {text}")?;
            }
            (error, shown) = (source, text);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::{Rejection, RejectionKind};

    #[test]
    fn each_cause_is_shown_once() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "wrong password");
        let rejection = Rejection::new(RejectionKind::Unavailable).caused_by(refused);
        assert_eq!(Chain(&rejection).to_string(), "temporarily unavailable: wrong password");
    }
}
