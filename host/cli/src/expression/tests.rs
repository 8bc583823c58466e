//! What expressions mean, and where they are wrong.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::*;

fn read(text: &str) -> Result<Expression, Problem> {
    Expression::read(OsStr::new(text))
}

/// Reads it, and writes it as `plugin|name|positional|named|variable`.
#[track_caller]
fn check(text: &str, expected: &str) {
    let expression = read(text).unwrap();
    let part = |part: &Option<Spanned<String>>| part.as_ref().map_or("", |part| &part.value).to_owned();
    let positional: Vec<_> = expression.positional.iter().map(|each| each.value.to_string()).collect();
    let named: Vec<_> =
        expression.named.iter().map(|(name, each)| format!("{}={}", name.value, each.value)).collect();
    let found = [
        part(&expression.plugin),
        expression.name.value.clone(),
        positional.join(" "),
        named.join(" "),
        part(&expression.variable),
    ];
    assert_eq!(found.join("|"), expected, "{text}");
}

/// Draws the caret under what is wrong, as people see it.
#[track_caller]
fn check_wrong(text: &str, caret: &str, message: &str) {
    let problem = read(text).unwrap_err();
    let (start, length, label) = problem.place().unwrap();
    let column = text[..start].chars().count();
    let width = text.get(start..start + length).map_or(1, |part| part.chars().count());
    let drawn = format!("{}{} {label}", " ".repeat(column), "^".repeat(width));
    assert_eq!((drawn.as_str(), problem.to_string().as_str()), (caret, message), "\n{text}\n{drawn}");
}

#[test]
fn a_name_is_enough() {
    check("tempdir", "|tempdir|||");
    check(" tempdir ( ) ", "|tempdir|||");
    check("größe", "|größe|||");
}

#[test]
fn arguments_are_json_positional_then_named() {
    check("f(1)", "|f|1||");
    check(
        "f(\"a b\", [1, {\"k\": null}], x=-1.5e3, y = true)",
        "|f|\"a b\" [1,{\"k\":null}]|x=-1500.0 y=true|",
    );
    check("f(\")\", \" as X\", \"\\\"=\")", "|f|\")\" \" as X\" \"\\\"=\"||");
    check("f(1,)", "|f|1||");
    check("f(\n  1,\n  x=2\n)", "|f|1|x=2|");
}

#[test]
fn a_variable_follows_as() {
    check("tempdir as DIR", "|tempdir|||DIR");
    check("tempdir() as _d1 ", "|tempdir|||_d1");
    check("tempdir(\"x\")as DIR", "|tempdir|\"x\"||DIR");
    check("as as as", "|as|||as");
}

#[test]
fn a_plugin_stands_before_the_colon() {
    check("managers.wasm:workspace", "managers.wasm|workspace|||");
    check("../a b/(1)/x.wasm:f(\"y.wasm:z\") as V", "../a b/(1)/x.wasm|f|\"y.wasm:z\"||V");
    check("/srv/c:d.wasm:f", "/srv/c:d.wasm|f|||");
    check("notes.txt:f(\":\")", "notes.txt|f|\":\"||");
    check("./plugin:f(\"x.wasm:y\")", "./plugin|f|\"x.wasm:y\"||");
    check("f(\"x.wasm:y\")", "|f|\"x.wasm:y\"||");
}

#[test]
fn each_part_knows_where_it_stands() {
    let text = "p.wasm:f(\"ü\", x=[1]) as V";
    let expression = read(text).unwrap();
    let at = |span: &Span| &text[span.clone()];
    assert_eq!(at(&expression.plugin.unwrap().span), "p.wasm");
    assert_eq!(at(&expression.name.span), "f");
    assert_eq!(at(&expression.positional[0].span), "\"ü\"");
    assert_eq!(at(&expression.named[0].0.span), "x");
    assert_eq!(at(&expression.named[0].1.span), "[1]");
    assert_eq!(at(&expression.variable.unwrap().span), "V");
}

#[test]
fn a_missing_name_is_pointed_at() {
    assert_eq!(read(" ").unwrap_err().to_string(), "a manager is empty");
    check_wrong("(1)", "^ its name is missing here", "this is no manager");
    check_wrong("p.wasm:", "       ^ its name is missing here", "no manager is named");
    check_wrong("p.wasm:(1)", "       ^ its name is missing here", "no manager is named");
    check_wrong("./p.wasm", "^^^^^^^^ this is the whole plugin", "no manager is named");
    check_wrong("p.wasm", "^^^^^^ this is the whole plugin", "no manager is named");
}

#[test]
fn arguments_that_do_not_end_are_pointed_at() {
    check_wrong("f(", " ^ never closed", "the arguments have no end");
    check_wrong("f(1", " ^ never closed", "the arguments have no end");
    check_wrong("f(1, ", " ^ never closed", "the arguments have no end");
    check_wrong("f(1 2)", "    ^ `,` or `)` is expected here", "the arguments cannot be read");
    check_wrong("f(1}", "   ^ `,` or `)` is expected here", "the arguments cannot be read");
}

#[test]
fn a_parenthesis_that_is_missing_before_the_variable_is_proposed() {
    for text in ["f( as D", "f(as D ", "f(1, as D"] {
        let problem = read(text).unwrap_err();
        assert_eq!(problem.to_string(), "the arguments have no end", "{text}");
        assert_eq!(problem.place(), Some((1, 1, "never closed")), "{text}");
        assert_eq!(problem.help_text(), Some("add `)` before `as D`"), "{text}");
    }
    check_wrong("f(as)", "  ^^ not a JSON value", "`as` is not JSON");
    check("f(as=1) as D", "|f||as=1|D");
}

#[test]
fn a_value_that_is_no_json_is_pointed_at() {
    check_wrong("f(build)", "  ^^^^^ not a JSON value", "`build` is not JSON");
    check_wrong("f(x=/tmp/y)", "    ^^^^^^ not a JSON value", "`/tmp/y` is not JSON");
    check_wrong("f('a b')", "  ^^^^^ not a JSON value", "`'a b'` is not JSON");
    check_wrong("f(5s)", "  ^^ not a JSON value", "`5s` is not JSON");
    check_wrong("f(True)", "  ^^^^ not a JSON value", "`True` is not JSON");
    check_wrong("f(,)", "  ^ expected value", "an argument is not JSON");
    check_wrong("f(x=)", "    ^ expected value", "an argument is not JSON");
    check_wrong("f([1, ü])", "      ^ expected value", "an argument is not JSON");
    check_wrong("f([1,\n  }", "        ^ expected value", "an argument is not JSON");
    check_wrong("f({\"a\": 1", "         ^ it ends too early", "an argument is not JSON");
    check_wrong("f(\"a", "    ^ it ends too early", "an argument is not JSON");
}

#[test]
fn a_string_without_quotes_gets_them_proposed() {
    let help = |text| read(text).unwrap_err().help_text().unwrap_or_default().to_owned();
    assert!(help("f(build)").contains("`\"build\"`"));
    assert!(help("f('a b')").contains("`\"a b\"`"));
    assert!(help("f(None)").contains("`null`"));
}

#[test]
fn names_and_order_of_arguments_are_checked() {
    check_wrong(
        "f(x=1, 2)",
        "       ^ give it its name, or put it first",
        "an argument without a name stands behind one with a name",
    );
    check_wrong("f(x=1, x=2)", "       ^ for the second time", "the argument `x` is given twice");
}

#[test]
fn a_variable_that_is_none_is_pointed_at() {
    check_wrong("f() as", "      ^ its name is missing here", "no variable is named");
    check_wrong("f as 1X", "     ^^ not a name", "`1X` is no name of a variable");
    check_wrong("f as A-B", "     ^^^ not a name", "`A-B` is no name of a variable");
    check_wrong("f as A B", "     ^^^ not a name", "`A B` is no name of a variable");
    check_wrong("f as Ä", "     ^ not a name", "`Ä` is no name of a variable");
    check_wrong("f() in X", "    ^^ only `as VAR` can stand here", "a manager is followed by something else");
    check_wrong("f(1))", "    ^ only `as VAR` can stand here", "a manager is followed by something else");
}

#[test]
fn bytes_that_are_no_utf8_are_pointed_at() {
    let problem = Expression::read(OsStr::from_bytes(b"f(\"\xff\")")).unwrap_err();
    assert_eq!(problem.to_string(), "a manager is not written in UTF-8");
    assert_eq!(problem.place().unwrap(), (3, 3, "not UTF-8 from here on"));
}

#[test]
fn no_text_makes_the_reader_panic() {
    let parts = [
        "f", "(", ")", ",", "=", ":", ".wasm:", "\"", "\\", "[", "{", "}", " ", " as ", "1", "ü", "'", "-",
        "\n",
    ];
    for a in parts {
        for b in parts {
            for c in parts {
                for d in parts {
                    drop(read(&format!("f({a}{b}{c}{d}")));
                    drop(read(&format!("{a}{b}{c}{d}")));
                }
            }
        }
    }
}

#[test]
fn a_number_that_would_not_be_passed_on_exactly_is_refused() {
    let message = "a number is too large to be passed on as it is";
    check_wrong("f(18446744073709551616)", "  ^^^^^^^^^^^^^^^^^^^^ too large", message);
    check_wrong("f(x=-9223372036854775809)", "    ^^^^^^^^^^^^^^^^^^^^ too large", message);
    check_wrong("f([\"\\\" 1\", {\"a\": 1e400}])", "                 ^^^^^ too large", message);
    check("f(18446744073709551615, -9223372036854775808)", "|f|18446744073709551615 -9223372036854775808||");
    check("f(\"1e400\", 1e22, 0.1)", "|f|\"1e400\" 1e+22 0.1||");
}
