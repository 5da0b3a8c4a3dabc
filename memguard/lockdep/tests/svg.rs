//! The picture of the graph. In a process of its own, so that it shows the locks of this file only.

use memguard_lockdep::graph_as_svg;
use memguard_lockdep::parking_lot::Mutex;
use roxmltree::{Document, Node};
use std::thread;

/// Takes both in this order.
fn nest(outer: &Mutex<()>, inner: &Mutex<()>) {
    let _outer = outer.lock();
    let _inner = inner.lock();
}

/// The elements with this class.
fn of_class<'a>(svg: &'a Document<'_>, class: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    svg.descendants().filter(move |node| node.attribute("class").is_some_and(|of| of.split(' ').any(|of| of == class)))
}

/// What the elements with this class say under the pointer.
fn titles(svg: &Document<'_>, class: &str) -> Vec<String> {
    let title =
        |node: Node<'_, '_>| node.children().find(|child| child.has_tag_name("title"))?.text().map(str::to_owned);
    of_class(svg, class).filter_map(title).collect()
}

#[test]
fn classes_are_boxes_and_a_deadlock_is_red_with_its_places() {
    let empty = graph_as_svg();
    assert_eq!(titles(&Document::parse(&empty).unwrap(), "class"), [""; 0]);

    let [a, b, c, another_c, odd] = ["A", "B", "C", "C", "<odd> & \"\u{7}\""].map(|name| Mutex::named(name, ()));
    let placed = Mutex::new(());
    thread::scope(|scope| {
        scope
            .spawn(|| [(&a, &b), (&b, &c), (&a, &odd), (&a, &placed)].map(|(one, two)| nest(one, two)))
            .join()
            .unwrap();
        scope.spawn(|| nest(&b, &a)).join().unwrap();
        scope.spawn(|| nest(&c, &another_c)).join().unwrap();
    });
    let text = graph_as_svg();
    let svg = Document::parse(&text).unwrap();
    let boxes = titles(&svg, "class");
    assert_eq!(boxes[..4], ["<odd> & \" \"", "A", "B", "C"]);
    assert!(boxes[4].starts_with("Mutex of ") && boxes.len() == 5, "{boxes:?}");
    assert_eq!(titles(&svg, "edge").len(), 6);

    let bad = titles(&svg, "bad");
    assert_eq!(bad.len(), 2, "{bad:?}");
    assert!(bad[0].starts_with("A at ") && bad[0].contains("tests/svg.rs:") && bad[0].contains(" -> B at "), "{bad:?}");
    // The same under the picture, with the number on the arrow.
    let lines: Vec<&str> = svg.root_element().children().filter_map(|node| node.text()).collect();
    let listed = bad.iter().zip(1..).all(|(says, number)| lines.contains(&&*format!("{number}  {says}")));
    assert!(listed, "{lines:?}");

    let report = memguard_lockdep::reports()[0].to_svg();
    let svg = Document::parse(&report).unwrap();
    assert_eq!((titles(&svg, "class").len(), titles(&svg, "bad").len()), (2, 2));

    if let Some(folder) = std::env::var_os("MEMGUARD_PICTURES") {
        std::fs::write(std::path::Path::new(&folder).join("graph.svg"), text).unwrap();
    }
}
