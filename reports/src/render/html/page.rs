//! The frame of every page: head, style, links to the other pages, and the heading.

use askama::Template;

use crate::schema::error::ReportError;

/// A page around its body.
#[derive(Template)]
#[template(path = "page.html")]
pub(crate) struct Page<'a> {
    /// The title of the window.
    pub(crate) title: &'a str,
    pub(crate) heading: &'a str,
    /// One word behind the heading, such as a verdict.
    pub(crate) state: Option<&'a str>,
    /// The pages of the site. A page that stands alone has none.
    pub(crate) links: &'a [Link],
    /// HTML.
    pub(crate) body: &'a str,
}

/// A link to a page of the site.
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) title: String,
    /// Whether it leads to the page that it is on.
    pub(crate) is_here: bool,
}

/// The HTML of a template.
pub(crate) fn made(template: &impl Template) -> Result<String, ReportError> {
    template.render().map_err(|cause| ReportError::Html { cause })
}
