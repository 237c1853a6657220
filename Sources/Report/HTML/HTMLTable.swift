// Tables for pages: numbers right-aligned, captions for screen readers, scrolling if too wide.

/// A table of cells that are text or markup.
struct HTMLTable {
    enum Kind {
        case text, number
        /// The heading of its row.
        case heading
    }

    struct Column {
        var title: HTML
        var kind: Kind

        static func text(_ title: String) -> Column { Column(title: HTML(text: title), kind: .text) }
        static func number(_ title: String) -> Column { Column(title: HTML(text: title), kind: .number) }
        static func heading(_ title: String) -> Column { Column(title: HTML(text: title), kind: .heading) }
    }

    var label: String
    var columns: [Column]
    private var rows: [HTML] = []

    /// Whether it sorts by any column, and scrolls by itself if it is long.
    private let isSortable: Bool

    init(_ label: String, isSortable: Bool = false, _ columns: [Column]) {
        self.label = label
        self.isSortable = isSortable
        self.columns = columns
    }

    mutating func add(_ cells: [String]) { add(cells.map { HTML(text: $0) }) }

    mutating func add(_ cells: [HTML]) {
        precondition(cells.count == columns.count)
        rows.append(
            element("tr") {
                for (column, cell) in zip(columns, cells) {
                    switch column.kind {
                    case .heading: element("th", ["scope": "row"]) { cell }
                    case .text: element("td") { cell }
                    case .number: element("td", ["class": "n"]) { cell }
                    }
                }
            })
    }

    /// The table in a box that scrolls, also by keyboard when it has the focus.
    var html: HTML {
        element(
            "div",
            ["class": isSortable ? "tall" : "scroll", "role": "region", "aria-label": label, "tabindex": "0"]
        ) {
            element("table", ["data-sortable": isSortable ? "" : nil]) {
                element("thead") {
                    element("tr") {
                        for column in columns {
                            element("th", ["scope": "col", "class": column.kind == .number ? "n" : nil]) {
                                column.title
                            }
                        }
                    }
                }
                element("tbody") { HTML(rows) }
            }
        }
    }
}

/// A list of names and values.
func factList(_ facts: [(name: String, value: HTML, note: String?)]) -> HTML {
    element("dl", ["class": "facts"]) {
        for fact in facts {
            element("div") {
                element("dt") { fact.name }
                element("dd") {
                    fact.value
                    if let note = fact.note { element("small") { note } }
                }
            }
        }
    }
}
