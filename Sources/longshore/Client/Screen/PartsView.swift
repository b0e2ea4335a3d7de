import API

/// One percentage for each part in flight, in a column that the part keeps until it is done. Pure.
///
///     large.bin    12    13    14          large.bin:12  large.bin:13  other.bin
///                 43%    7%    0%                   43%            7%        99%
struct PartsView {
    private struct Owner: Hashable {
        let path: String
        let number: Int
    }

    /// Names are cut to so many columns.
    private static let longestName = 16
    private static let gap = 2

    private var columns: [RemotePart?] = []

    /// What is in flight now: those that are known keep their columns, the others take free ones.
    mutating func show(_ parts: [RemotePart]) {
        var moving: [Owner: RemotePart] = [:]
        for part in parts { moving[Owner(path: part.path, number: part.number)] = part }
        for index in columns.indices {
            columns[index] = columns[index].flatMap {
                moving.removeValue(forKey: Owner(path: $0.path, number: $0.number))
            }
        }
        var free = columns.indices.filter { columns[$0] == nil }[...]
        for part in parts where moving.removeValue(forKey: Owner(path: part.path, number: part.number)) != nil {
            if let index = free.popFirst() { columns[index] = part } else { columns.append(part) }
        }
        while let last = columns.last, last == nil { columns.removeLast() }
    }

    /// Pairs of lines, heads above percentages, at most `rows` lines of at most `width` columns; what has no room is
    /// counted on the last one. Parts of one file alone have its name in front and numbers as heads.
    func lines(width: Int, rows: Int) -> [String] {
        let paths = columns.compactMap { $0?.path }
        let isOneFile = paths.count > 1 && Set(paths).count == 1
        let label = isOneFile ? TextFormat.shortName(Array(paths[0].utf8), width: Self.longestName) + "  " : ""
        let heads = columns.map { part in part.map { isOneFile ? "\($0.number)" : head($0, among: paths) } ?? "" }
        let indent = TextColumns.count(label)
        let cell = max(4, heads.map(TextColumns.count).max() ?? 0)
        let perRow = max(1, (width - indent + Self.gap) / (cell + Self.gap))
        let pairs = max(0, min((columns.count + perRow - 1) / perRow, (rows - 1) / 2))
        var lines: [String] = []
        for pair in 0..<pairs {
            let range = pair * perRow..<min(columns.count, (pair + 1) * perRow)
            let name = pair == 0 ? label : String(repeating: " ", count: indent)
            lines.append(row(name, range.map { heads[$0] }, cell, width))
            lines.append(
                row(String(repeating: " ", count: indent), range.map { percent(columns[$0]) }, cell, width))
        }
        let hidden = columns.dropFirst(pairs * perRow).count { $0 != nil }
        if hidden > 0, rows > lines.count {
            lines.append(TextColumns.prefix("and \(TextFormat.count(hidden)) more in flight", fitting: width))
        }
        return lines
    }

    /// For a log: the percentages alone.
    var sentence: String { columns.compactMap { $0 }.map(percent).joined(separator: " ") }

    private func row(_ name: String, _ cells: [String], _ cell: Int, _ width: Int) -> String {
        let text = cells.map { TextColumns.right($0, width: cell) }
            .joined(separator: String(repeating: " ", count: Self.gap))
        return TextColumns.prefix(name + text, fitting: width)
    }

    private func percent(_ part: RemotePart?) -> String {
        part.map { "\(TextFormat.percent($0.bytesSent, of: $0.size))%" } ?? ""
    }

    /// The last segment of the path, and the number where it says something.
    private func head(_ part: RemotePart, among paths: [String]) -> String {
        let name = TextFormat.shortName(Array(part.path.utf8), width: Self.longestName)
        return part.number == 1 && paths.count { $0 == part.path } == 1 ? name : "\(name):\(part.number)"
    }
}
