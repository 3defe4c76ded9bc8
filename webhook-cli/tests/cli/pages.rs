//! Completions and manual pages.

use crate::program::{Files, run};

#[test]
fn completions_know_commands_and_providers() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&format!("completions {shell}")).expect(0).stdout;
        for word in ["endpoints", "secret-env"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        // The others complete no values, or only those of options.
        let has_values = ["bash", "fish", "zsh"].contains(&shell);
        assert_eq!(script.contains("gitlab_token"), has_values, "{shell}");
    }
    run("completions tcsh").expect(2);
    assert!(run("completions bash --json").expect(0).one()["text"].is_string());
}

#[test]
fn manual_pages_are_printed_or_written() {
    let page = run("man").expect(0).stdout;
    assert!(page.contains(".TH webhook 1"), "{page}");
    let files = Files::new();
    run(&format!("man --out {}", files.path().display())).expect(0);
    for name in ["webhook.1", "webhook-sign.1", "webhook-endpoints-create.1"] {
        assert!(files.path().join(name).exists(), "{name}");
    }
    run("man --out /nowhere/to/be/found").expect(2);
}
