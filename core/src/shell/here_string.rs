//! Here-strings: `<<< word`.

/// Whether a script has a here-string, which only bash supports.
pub(super) fn has_here_string(text: &str) -> bool {
    let is_one = |token: &brush_parser::Token| matches!(token, brush_parser::Token::Operator(sign, _) if sign == "<<<");
    text.contains("<<<") && brush_parser::tokenize_str(text).is_ok_and(|tokens| tokens.iter().any(is_one))
}
