//! The frame of every page: head, style and heading.

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
    /// HTML.
    pub(crate) body: &'a str,
}

/// The HTML of a template.
pub(crate) fn made(template: &impl Template) -> Result<String, ReportError> {
    template.render().map_err(|cause| ReportError::Html { cause })
}
