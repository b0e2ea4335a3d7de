/// Rows for people, their columns as wide as what is in them. Pure.
struct Table {
    struct Column {
        let head: String
        var isRight = false
    }

    let columns: [Column]
    var rows: [[String]] = []

    /// Lines with their ends; the last column is not padded.
    var text: String {
        let heads = columns.map(\.head)
        let widths = columns.indices.map { index in
            ([heads] + rows).reduce(0) { max($0, TextColumns.count($1[index])) }
        }
        return ([heads] + rows).map { row in
            columns.indices.map { index in
                if columns[index].isRight { return TextColumns.right(row[index], width: widths[index]) }
                return index == columns.count - 1 ? row[index] : TextColumns.left(row[index], width: widths[index])
            }.joined(separator: "  ") + "\n"
        }.joined()
    }
}
