//! HTML in the making. What is drawn often, or holds much, is one string: as views of their own its
//! elements would be most of the bundle. Whatever is not written in this source goes through
//! [`HtmlBuilder::text`].

/// A piece of HTML.
#[derive(Debug, Default)]
pub struct HtmlBuilder(String);

impl HtmlBuilder {
    /// Adds tags as they stand.
    pub fn tags(mut self, tags: &'static str) -> Self {
        self.0.push_str(tags);
        self
    }

    /// Adds text that means nothing in HTML, neither between tags nor within a quoted attribute.
    pub fn text(mut self, text: &str) -> Self {
        escape(&mut self.0, text);
        self
    }

    /// Adds a piece that was made in the same way.
    pub fn with(mut self, piece: Self) -> Self {
        self.0.push_str(&piece.0);
        self
    }

    /// Adds tags only if it is so.
    pub fn tags_if(self, is_so: bool, tags: &'static str) -> Self {
        match is_so {
            true => self.tags(tags),
            false => self,
        }
    }

    /// The whole as text.
    pub fn html(self) -> String {
        self.0
    }
}

/// Adds a text so that it means nothing in HTML.
pub fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // A parser of HTML takes these for something else (HTML, 13.2.3.5).
            '\r' => html.push_str("&#13;"),
            '\0' => html.push('\u{fffd}'),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_tag() {
        let html = HtmlBuilder::default()
            .tags("<b title=\"")
            .text("\"><script>")
            .tags("\">");
        assert_eq!(html.html(), "<b title=\"&quot;&gt;&lt;script&gt;\">");
    }
}
