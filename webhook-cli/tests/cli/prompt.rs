//! The secret is asked for on a terminal, and not shown.

use crate::program::{Files, PROGRAM, SECRET, run};

#[test]
fn a_secret_is_asked_for_without_an_echo() {
    let files = Files::new();
    let body = files.write("body", "{}");
    let expected = run(&format!("sign svara --secret-env SECRET --body {body}")).expect(0).stdout;
    let mut terminal =
        rexpect::spawn(&format!("{PROGRAM} sign svara --body {body}"), Some(60_000)).unwrap();
    terminal.exp_string("secret: ").unwrap();
    terminal.send_line(SECRET).unwrap();
    let shown = terminal.exp_eof().unwrap();
    assert!(!shown.contains(SECRET), "{shown}");
    let signature = expected.lines().find(|line| line.starts_with("x-svara-signature")).unwrap();
    assert!(shown.contains(signature), "{shown}");
}
