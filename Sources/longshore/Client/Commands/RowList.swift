import API
import ArgumentParser

/// What commands print that list rows: a table, or each row as a line of JSON.
struct RowList {
    let path: String
    /// Of the array in each page; in the plural, as people are told it.
    let name: String
    let query: [(String, String)]
    let columns: [Table.Column]
    /// Nil for a row that can't be read.
    let cells: (JSONValue) -> [String]?

    func write(from client: APIClient, limit: RowLimit, json: Bool) async throws(ClientError) {
        var table = Table(columns: columns)
        try await client.rows(path, name, query: query, limit: limit.value) { row in
            if json { return Terminal.write(row.line + [UInt8(ascii: "\n")]) }
            if let cells = cells(row) { table.rows.append(cells) }
        }
        if json { return }
        if table.rows.isEmpty { return Terminal.complain("There are no such \(name).") }
        Terminal.write(table.text)
    }
}
