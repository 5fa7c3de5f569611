//! Markdown as HTML.

use pulldown_cmark::{Event, Options, Parser, html::push_html};

/// Renders Markdown. HTML in it is shown as text, links lead to other sites by http and https alone, and pictures are
/// not loaded: they become their description.
pub(crate) fn html(text: &str) -> String {
    use pulldown_cmark::{Tag, TagEnd};
    let is_web = |address: &str| address.starts_with("https://") || address.starts_with("http://");
    // Whether each open link is kept.
    let mut links: Vec<bool> = Vec::new();
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            links.push(is_web(dest_url));
            links.last().copied().unwrap_or(false).then_some(event)
        }
        Event::End(TagEnd::Link) => links.pop().unwrap_or(false).then_some(event),
        event => Some(event),
    });
    let mut out = String::new();
    push_html(&mut out, events);
    out
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn nothing_of_a_foreign_text_runs_or_is_fetched() {
        assert_eq!(html("a <b>b</b>\n"), "<p>a &lt;b&gt;b&lt;/b&gt;</p>\n");
        assert!(!html("<script>alert(1)</script>\n").contains("<script"));
        assert_eq!(html("![dot](https://x.example/a.png)\n"), "<p>dot</p>\n");
        assert_eq!(
            html("[a](javascript:alert(1)) [b](https://x.example)\n"),
            "<p>a <a href=\"https://x.example\">b</a></p>\n"
        );
    }
}
