//! Builds the HTML string of a message. Hundreds of messages may arrive at once; as views of their
//! own, their elements would be most of the bundle and of the work. Everything else is a Leptos
//! view.

/// The content of a message's row.
pub struct MessageHtml<'a> {
    /// The author's nickname.
    pub name: &'a str,
    /// Set where a group of messages begins: the number of the author's color, and the initial.
    pub leads: Option<[String; 2]>,
    /// Set if other users had the name before: the place among them, and what that means.
    pub namesake: Option<[String; 2]>,
    /// What marks the author as a bot, or nothing.
    pub mark: &'a str,
    pub time: MessageTime<'a>,
    /// The text is nothing but emoji.
    pub is_large: bool,
    /// The label of the button that shows all of a text that is too long.
    pub unfold: Option<&'a str>,
    /// The text as HTML: the result of [`crate::markdown::html`].
    pub text: String,
    /// Why the message was refused, and the labels of the buttons that send it again or discard it.
    pub refused: Option<[&'a str; 3]>,
}

/// When a message was sent.
pub enum MessageTime<'a> {
    SentAt {
        /// The address of the message.
        link: &'a str,
        /// The date and the time in words.
        title: &'a str,
        /// The moment as `datetime` of HTML.
        machine: &'a str,
        /// The time of day.
        time: &'a str,
    },
    /// It is not sent yet. The text says how far it is.
    Pending(&'a str),
}

impl MessageHtml<'_> {
    /// The row as HTML.
    pub fn build(&self) -> String {
        let mut html = Builder(String::new());
        match &self.leads {
            Some([hue, initial]) => {
                html.tags("<span class=\"avatar\" aria-hidden=\"true\" data-hue=\"");
                html.text(hue).tags("\">").text(initial);
                html.tags("</span><bdi class=\"author\" data-hue=\"");
                html.text(hue).tags("\">");
            }
            None => {
                html.tags("<bdi class=\"author visually-hidden\">");
            }
        }
        html.text(self.name);
        if let Some([place, meaning]) = &self.namesake {
            html.tags("<small title=\"").text(meaning).tags("\">");
            html.text(place).tags("</small>");
        }
        if !self.mark.is_empty() {
            html.tags("<small>").text(self.mark).tags("</small>");
        }
        html.tags("</bdi>");
        match self.time {
            MessageTime::SentAt {
                link,
                title,
                machine,
                time,
            } => {
                html.tags("<a class=\"time\" tabindex=\"-1\" href=\"")
                    .text(link);
                html.tags("\" title=\"").text(title);
                html.tags("\"><time datetime=\"").text(machine);
                html.tags("\">").text(time).tags("</time></a>");
            }
            MessageTime::Pending(state) => {
                html.tags("<span class=\"time\">")
                    .text(state)
                    .tags("</span>");
            }
        }
        html.tags("<div class=\"text")
            .tags(if self.is_large { " large" } else { "" })
            .tags(if self.unfold.is_some() { " folded" } else { "" })
            .tags("\">");
        html.0.push_str(&self.text);
        html.tags("</div>");
        if let Some(unfold) = self.unfold {
            html.tags("<button type=\"button\" class=\"fold\" aria-expanded=\"false\">")
                .text(unfold)
                .tags("</button>");
        }
        if let Some([why, again, discard]) = self.refused {
            html.tags("<div class=\"message-actions\"><p class=\"problem\" role=\"alert\">");
            html.text(why)
                .tags("</p><button type=\"button\" class=\"again\">");
            html.text(again)
                .tags("</button><button type=\"button\" class=\"discard\">");
            html.text(discard).tags("</button></div>");
        }
        html.0
    }
}

/// HTML that is being written.
struct Builder(String);

impl Builder {
    /// Adds tags as they are.
    fn tags(&mut self, tags: &'static str) -> &mut Self {
        self.0.push_str(tags);
        self
    }

    /// Adds a text, escaped.
    fn text(&mut self, text: &str) -> &mut Self {
        escape(&mut self.0, text);
        self
    }
}

/// Appends a text, escaped so that it is text between tags and in a quoted attribute.
pub fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // A parser of HTML replaces these by something else (HTML, 13.2.3.5).
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
        let html = MessageHtml {
            name: "\"><script>",
            leads: None,
            namesake: None,
            mark: "",
            time: MessageTime::Pending("<b>"),
            is_large: false,
            unfold: None,
            text: "hi".into(),
            refused: None,
        };
        let html = html.build();
        assert!(html.contains("&quot;&gt;&lt;script&gt;</bdi>"), "{html}");
        assert!(html.contains("&lt;b&gt;</span>"), "{html}");
    }
}
