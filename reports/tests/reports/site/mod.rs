//! The site: every part has a page, what is wrong is named, and everybody can read the pages.

mod access;
mod escaping;
mod history;
mod html;
mod links;
mod records;
mod states;
