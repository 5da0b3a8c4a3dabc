//! The Markdown page of a record as HTML for a browser and a screen reader. So a kind of record that has a Markdown
//! page needs no second renderer.

use std::collections::BTreeSet;

use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A part of a page.
pub(crate) enum Block {
    Markdown(String),
    /// What a template made.
    Html(String),
}

/// The page without its title, which is that of the frame. Each table has a caption, scopes, and a region that scrolls.
/// Comments are left out. Other HTML in the Markdown is shown as text: a record must not bring any.
pub(crate) fn from_markdown<'a>(page: impl IntoIterator<Item = &'a Block>) -> String {
    let mut converter = Converter::default();
    for block in page {
        match block {
            Block::Markdown(text) => {
                Parser::new_ext(text, Options::ENABLE_TABLES).for_each(|event| converter.take(event));
            }
            Block::Html(html) => converter.html(html.as_str()),
        }
    }
    pushed(converter.out)
}

/// Text as HTML.
fn escaped(text: &str) -> String {
    pushed(vec![Event::Text(text.into())])
}

fn pushed(events: Vec<Event<'_>>) -> String {
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    out
}

/// HTML becomes text, and a comment becomes nothing.
fn without_html(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) if text.trim_start().starts_with("<!--") => Event::Text("".into()),
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        event => event,
    }
}

#[derive(Default)]
struct Converter<'a> {
    out: Vec<Event<'a>>,
    /// The level of the heading that is being read, and where it begins in `out`.
    heading: Option<(HeadingLevel, usize)>,
    /// The text of the latest heading.
    title: String,
    /// How many tables came after it.
    tables: usize,
    ids: BTreeSet<String>,
    aligns: Vec<Alignment>,
    is_head: bool,
    column: usize,
}

impl<'a> Converter<'a> {
    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                self.title.clear();
                self.tables = 0;
                self.heading = Some((level, self.out.len()));
            }
            Event::End(TagEnd::Heading(_)) => self.end_heading(),
            Event::Start(Tag::Table(aligns)) => {
                self.aligns = aligns;
                self.begin_table();
            }
            Event::End(TagEnd::Table) => self.html("</tbody></table></div>\n"),
            Event::Start(Tag::TableHead) => {
                (self.is_head, self.column) = (true, 0);
                self.html("<thead><tr>");
            }
            Event::End(TagEnd::TableHead) => {
                self.is_head = false;
                self.html("</tr></thead><tbody>\n");
            }
            Event::Start(Tag::TableRow) => {
                self.column = 0;
                self.html("<tr>");
            }
            Event::End(TagEnd::TableRow) => self.html("</tr>\n"),
            Event::Start(Tag::TableCell) => {
                let number = if self.aligns.get(self.column) == Some(&Alignment::Right) { " class=\"n\"" } else { "" };
                self.html(format!("<{}{number}>", self.cell().0));
            }
            Event::End(TagEnd::TableCell) => {
                self.html(format!("</{}>", self.cell().1));
                self.column += 1;
            }
            // As text it needs no block around it.
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => {}
            event => {
                if let (Some(_), Event::Text(text) | Event::Code(text)) = (self.heading, &event) {
                    self.title.push_str(text);
                }
                self.out.push(without_html(event));
            }
        }
    }

    fn html(&mut self, html: impl Into<CowStr<'a>>) {
        self.out.push(Event::Html(html.into()));
    }

    /// How the current cell begins and ends. The first one of a row names the row.
    fn cell(&self) -> (&'static str, &'static str) {
        match (self.is_head, self.column) {
            (true, _) => ("th scope=\"col\"", "th"),
            (false, 0) => ("th scope=\"row\"", "th"),
            (false, _) => ("td", "td"),
        }
    }

    fn end_heading(&mut self) {
        let Some((level, at)) = self.heading.take() else { return };
        if level == HeadingLevel::H1 {
            self.out.truncate(at);
            return;
        }
        let id = self.free_id();
        self.out.insert(at, Event::Html(format!("<{level} id=\"{id}\">").into()));
        self.html(format!("</{level}>\n"));
    }

    /// An id from the words of the heading. No other one on the page has it.
    fn free_id(&mut self) -> String {
        let words = self.title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let name = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
        let numbered = (2..).map(|n| format!("{name}-{n}"));
        let is_free = |id: &String| !id.is_empty() && !self.ids.contains(id);
        let id = std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or(name);
        self.ids.insert(id.clone());
        id
    }

    fn begin_table(&mut self) {
        self.tables += 1;
        let title = if self.title.is_empty() { "Table" } else { &self.title };
        let caption = escaped(&match self.tables {
            1 => title.to_owned(),
            n => format!("{title}, table {n}"),
        });
        // The heading is just above, so the caption is for those who cannot see that.
        self.html(format!(
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><caption class=\"unseen\">\
             {caption}</caption>",
            caption.replace('"', "&quot;")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!-- made -->\n\n# Title: pass\n\n## A `b` \\<c\\>\n\n| x | n |\n| --- | --: |\n| `1` | 2 |\n\n\
                        | y |\n| --- |\n| 3 |\n\n## A b c\n";

    fn converted(text: &str) -> String {
        from_markdown(&[Block::Markdown(text.to_owned())])
    }

    #[test]
    fn a_table_has_caption_scopes_and_a_region() {
        let page = converted(PAGE);
        let wanted = "<h2 id=\"a-b-c\">A <code>b</code> &lt;c&gt;</h2>\n<div class=\"wide\" tabindex=\"0\" \
                      role=\"region\" aria-label=\"A b &lt;c&gt;\"><table><caption class=\"unseen\">A b &lt;c&gt;\
                      </caption><thead><tr><th scope=\"col\">x</th><th scope=\"col\" class=\"n\">n</th></tr></thead>\
                      <tbody>\n<tr><th scope=\"row\"><code>1</code></th><td class=\"n\">2</td></tr>\n</tbody></table>";
        assert!(page.starts_with(wanted), "{page}");
        assert!(page.contains("A b &lt;c&gt;, table 2") && page.contains("<h2 id=\"a-b-c-2\">"), "{page}");
        assert!(!page.contains("Title") && !page.contains("made"), "{page}");
    }

    #[test]
    fn html_is_text() {
        for text in ["<script>x</script>\n", "a <b>x</b>\n", "| a |\n| --- |\n| <i>x</i> |\n", "<!--\n-->\n<img>\n"] {
            let page = converted(text);
            for tag in ["<script", "<b>", "<i>", "<img"] {
                assert!(!page.contains(tag), "{page}");
            }
        }
    }
}
