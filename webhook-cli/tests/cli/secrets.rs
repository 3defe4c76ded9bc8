//! Secrets by each way, and printed by none.

use axum::http::StatusCode;

use crate::program::{Files, SECRET, command, finish, run, run_args};
use crate::server::Server;

#[test]
fn a_secret_comes_from_a_variable_a_file_or_the_command_line() {
    let files = Files::new();
    let body = files.write("body", "{}");
    let line = format!("sign svara --body {body}");
    let expected = run(&format!("{line} --secret-env SECRET")).expect(0);
    assert_eq!(expected.stderr, "");

    for text in [SECRET.to_owned(), format!("{SECRET}\n"), format!("{SECRET}\r\n")] {
        let file = files.write("secret", text);
        let ran = run(&format!("{line} --secret-file {file}")).expect(0);
        assert_eq!((ran.stdout, &*ran.stderr), (expected.stdout.clone(), ""));
    }

    let ran = run(&format!("{line} --secret {SECRET}")).expect(0);
    assert_eq!(ran.stdout, expected.stdout);
    assert!(ran.stderr.starts_with("warning: --secret can be seen"), "{}", ran.stderr);
    ran.shows_no(SECRET);
}

#[test]
fn without_a_secret_and_a_terminal_it_says_how_to_give_one() {
    let ran = run("sign svara --body /dev/null").expect(2);
    assert_eq!(
        ran.stderr,
        "error: no secret: give --secret-env NAME or --secret-file FILE, or be asked for it on a terminal\n"
    );
}

#[test]
fn a_secret_that_cannot_be_used_is_not_shown() {
    let files = Files::new();
    let body = files.write("body", "{}");
    for (secret, expected) in [
        ("", "SECRET is empty"),
        (" a-secret-value", "SECRET begins or ends with white space"),
        ("\"a-secret-value\"", "SECRET is in quotes: remove them"),
        ("SVIX_SECRET=a-secret-value", "SECRET starts with the variable's name"),
        ("a-secret-value", "SECRET is not "),
    ] {
        for verb in ["sign", "verify", "send --to http://127.0.0.1:1"] {
            let mut command =
                command(format!("{verb} svix --secret-env SECRET --body {body}").split(' '));
            command.env("SECRET", secret);
            let ran = finish(command).expect(2);
            ran.shows_no("a-secret-value");
            assert!(ran.stderr.starts_with(&format!("error: {expected}")), "{}", ran.stderr);
        }
    }
}

#[test]
fn a_secret_in_place_of_a_name_is_not_shown() {
    for verb in ["sign", "verify", "explain", "send --to http://127.0.0.1:1"] {
        for option in ["--secret-env", "--secret-file"] {
            let line = format!("{verb} svara {option} whsec_0123secret --body /dev/null");
            run_args(line.split(' ')).expect(2).shows_no("whsec_0123secret");
        }
    }
    let line = "sign svara --secret -0123secret --body /nowhere";
    run(line).expect(2).shows_no("0123secret");
    let ran = run("sign svara --secret-env MISSING_SECRET --body /dev/null").expect(2);
    assert_eq!(ran.stderr, "error: MISSING_SECRET is not set\n");
}

#[test]
fn a_token_is_printed_only_if_asked_for() {
    let files = Files::new();
    let body = files.write("body", "{}");
    for provider in ["gitlab_token", "telegram", "hugging_face"] {
        for more in ["", " --json", " --curl --url http://127.0.0.1:1"] {
            let line = format!("sign {provider} --secret-env TOKEN --body {body}{more}");
            let run = |line: &str| {
                let mut command = command(line.split(' '));
                command.env("TOKEN", "a-token-0123");
                finish(command)
            };
            let ran = run(&line).expect(2);
            ran.shows_no("a-token-0123");
            assert!(ran.stderr.contains("--show-secret"), "{}", ran.stderr);
            assert!(
                run(&format!("{line} --show-secret")).expect(0).stdout.contains("a-token-0123")
            );
        }
    }
}

#[test]
fn a_receiver_that_repeats_the_secret_does_not_make_it_shown() {
    let server = Server::start(|_, request| {
        (StatusCode::UNAUTHORIZED, request.header("x-gitlab-token").to_owned())
    });
    let url = server.url("/");
    for more in ["", " --json"] {
        let line =
            format!("send gitlab_token --secret-env SECRET --to {url} --body /dev/null{more}");
        let ran = run(&line).expect(1);
        ran.shows_no(SECRET);
        assert!(ran.stdout.contains("[secret]"), "{}", ran.stdout);
    }
}

#[test]
fn the_url_is_not_shown_since_it_may_hold_a_password() {
    let line = "send svara --secret-env SECRET --to http://user:pa55word@127.0.0.1:1/?code=pa55word --body /dev/null";
    for more in ["", " --json"] {
        let ran = run(&format!("{line}{more}")).expect(2);
        ran.shows_no("pa55word");
        assert!(ran.stderr.contains("nothing answers at --to"), "{}", ran.stderr);
    }
}

#[test]
fn several_secrets_verify_and_the_one_that_matched_is_named() {
    let files = Files::new();
    let body = files.write("body", "{}");
    let old = files.write("old", SECRET);
    let new = files.write("new", "another-secret");
    let headers = run(&format!("sign svara --secret-file {old} --body {body}")).expect(0).stdout;
    let signature = headers.lines().find(|line| line.starts_with("x-svara")).unwrap();
    let args = [
        "verify",
        "svara",
        "--secret-file",
        &new,
        "--secret-file",
        &old,
        "--body",
        &body,
        "--json",
        "-H",
        signature,
    ];
    let verdict = run_args(args).expect(0).one();
    assert_eq!((&verdict["secret"], &verdict["secrets"]), (&2.into(), &2.into()));
    let ran =
        run(&format!("sign svara --secret-file {old} --secret-file {new} --body {body}")).expect(2);
    assert!(ran.stderr.contains("one secret signs"), "{}", ran.stderr);
}
