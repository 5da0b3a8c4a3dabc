//! A picture of a graph: its nodes below each other, and on their right an arc for each edge. The tip of an arc shows
//! where it leads.

use askama::Template;

/// The graph.
#[derive(Template)]
#[template(path = "arcs.html")]
pub(crate) struct Arcs {
    pub(crate) title: String,
    /// From the top.
    pub(crate) nodes: Vec<Node>,
    pub(crate) arcs: Vec<Arc>,
}

/// A node, and what is written below its name.
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) note: String,
}

/// An edge between two nodes, by their places in the list.
pub(crate) struct Arc {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Whether it must not be there. It is drawn in another way, and named.
    pub(crate) is_wrong: bool,
}

impl Arcs {
    const WIDTH: usize = 320;
    /// Where the nodes are.
    const SPINE: usize = 130;
    const STEP: usize = 44;
    const TOP: usize = 26;
    /// How far below the middle of a node arcs begin, and how far above it they end.
    const APART: usize = 4;
    /// How far right an arc goes for each node that it passes.
    const REACH: usize = 26;

    fn height(&self) -> usize {
        Self::TOP * 2 + Self::STEP * self.nodes.len().saturating_sub(1)
    }

    fn y(&self, node: &usize) -> usize {
        Self::TOP + node * Self::STEP
    }

    fn path(&self, arc: &Arc) -> String {
        let (x, from, to) = (Self::SPINE + 6, self.y(&arc.from) + Self::APART, self.y(&arc.to) - Self::APART);
        if arc.from == arc.to {
            // A loop above the other arcs that begin here.
            return format!("M{x} {from} C{0} {from} {0} {1} {2} {to}", x + 24, to - 16, x + 7);
        }
        // A curve goes three quarters of the way to its control points.
        let reach = x + (Self::REACH * arc.from.abs_diff(arc.to)).min(Self::WIDTH - x) * 4 / 3;
        format!("M{x} {from} C{reach} {from} {reach} {to} {} {to}", x + 7)
    }

    /// A triangle that points to the node where the arc ends.
    fn tip(&self, arc: &Arc) -> String {
        let (x, y) = (Self::SPINE + 6, self.y(&arc.to) - Self::APART);
        format!("{x},{y} {0},{1} {0},{2}", x + 8, y - 4, y + 4)
    }

    fn of_arc(&self, arc: &Arc) -> String {
        let name = |at: usize| self.nodes.get(at).map_or("?", |node| &node.name);
        let wrong = if arc.is_wrong { ", against the order" } else { "" };
        format!("{} to {}{wrong}", name(arc.from), name(arc.to))
    }

    /// What a screen reader says.
    fn in_words(&self) -> String {
        self.arcs.iter().map(|arc| self.of_arc(arc)).collect::<Vec<_>>().join("; ")
    }
}
